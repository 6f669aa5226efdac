import type { Applied, BatchItem, Endpoint } from '../core/ports/endpoint.ts';
import { outermost, reconcile } from '../core/reconcile.ts';
import type { RunCommand } from '../core/run-command.ts';
import { makeAdoptions, makeBatches } from './batching.ts';
import { isSmall } from './outbox.ts';
import type { ReplicaFacts, ReplicaOptions } from './replica-port.ts';

/** Batches of one parcel on their way at once, so that reading, the link and the agent work at the same time. */
const window = 6;

/** How a batch travels: the change set that it brings to its end, and whether small ones may overtake it. */
interface Way {
  readonly seq: number;
  readonly bulk: boolean;
  /** Directories that take the place of something else in the container. */
  readonly replaced?: ReadonlySet<string>;
}

export interface SenderOptions
  extends Pick<ReplicaOptions, 'view' | 'read' | 'inBase' | 'isMirrored' | 'listener'> {
  readonly replica: ReplicaFacts;
  readonly signal: AbortSignal;
  /**
   * Called with the container paths of a batch before its first byte leaves, because a batch whose acknowledgement is
   * lost may have been applied: what the container owes from then on.
   */
  readonly onLeaving: (paths: readonly string[]) => {
    readonly needsRestart: boolean;
    readonly runs: readonly RunCommand[];
  };
  readonly onApplied: (applied: Applied) => void;
}

/** Brings the present local state of paths into one container, over whatever connection there is. */
export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** @throws `link-lost`, and whatever else ends a connection; what of it arrived nobody knows then */
  async send(endpoint: Endpoint, paths: Iterable<string>, way: Way): Promise<void> {
    const { view, read, signal } = this.#options;
    const onTheWay = new Set<Promise<void>>();
    for await (const items of makeBatches({ paths, view, read, bulk: way.bulk })) {
      signal.throwIfAborted();
      const sent = this.#apply(endpoint, items, way).finally(() => onTheWay.delete(sent));
      // Whoever awaits it may be gone by the time it fails.
      sent.catch(() => undefined);
      onTheWay.add(sent);
      if (onTheWay.size >= window) await Promise.race(onTheWay);
    }
    await Promise.all(onTheWay);
  }

  /** Compares the whole container with the local view and sends what differs. @throws as `send` */
  async fill(endpoint: Endpoint, seq: number): Promise<void> {
    const { view, inBase, isMirrored, listener, replica } = this.#options;
    const local = new Map(Array.from(view.paths, ([path, { entry }]) => [path, entry] as const));
    const listed = await endpoint.list();
    const plan = reconcile({ local, listed, inBase, isMirrored });
    const known = listed.length - plan.foreign.length - plan.stray.length;
    const remove = outermost([...listener.mayRemove(replica, plan.remove, known), ...plan.stray]);
    const paths = [...remove, ...plan.send];
    const way = { seq, bulk: !isSmall(paths, view), replaced: new Set(plan.replaced) };
    for (const items of makeAdoptions(plan.adopt, view)) await this.#apply(endpoint, items, way);
    await this.send(endpoint, paths, way);
  }

  async #apply(endpoint: Endpoint, items: readonly BatchItem[], way: Way): Promise<void> {
    const { view, read, listener, replica, onLeaving, onApplied } = this.#options;
    const { seq, bulk, replaced } = way;
    const wrote = items.filter(({ op, path }) =>
      op === 'dir' ? view.becameDirectory(path) || replaced?.has(path) === true : op !== 'adopt',
    );
    const { needsRestart, runs } = onLeaving(wrote.map(({ path }) => path));
    const applied = await endpoint.apply({
      ...{ seq, items, needsRestart },
      ...(bulk && { bulk }),
      ...(runs.length > 0 && { runs }),
    });
    onApplied(applied);
    if (applied.sendWhole !== undefined) {
      for await (const again of makeBatches({ paths: applied.sendWhole, view, read, bulk, whole: true }))
        await this.#apply(endpoint, again, way);
    }
    for (const { path, code, message } of applied.problems)
      listener.onProblem(replica, code, `${path}: ${message}`);
    // A path that was moved counts under its new name.
    const moved = new Set(items.map((item) => (item.op === 'file' ? item.copyOf : undefined)));
    const files = wrote.filter(({ op, path }) => op !== 'delete' || !moved.has(path)).length;
    listener.onApplied(replica, applied, { files });
  }
}
