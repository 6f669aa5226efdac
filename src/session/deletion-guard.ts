import type { Change } from '../core/change.ts';
import type { Bus } from '../core/event.ts';
import { explainMassDelete, isMassDelete } from '../core/mass-delete.ts';
import type { HeldDeletions } from '../core/service-status.ts';
import { splitDeletions } from './deletion-burst.ts';
import { HeldChanges } from './held-changes.ts';

/** How many of the paths a question names. */
const samplePaths = 5;

export interface DeletionGuardOptions {
  readonly service: string;
  readonly bus: Bus;
  /** A person said yes beforehand, to every question. */
  readonly confirmed: boolean;
  /** Paths in the container that a change deletes there. */
  readonly deletes: (change: Change) => readonly string[];
  readonly onChange: () => void;
}

/**
 * Holds mass deletions of one service until a person says that they are meant: those of a change set, and those that
 * the first comparison with a container would make. Whatever was let through once is meant in every container.
 */
export class DeletionGuard {
  readonly #options: DeletionGuardOptions;
  readonly #held = new HeldChanges();
  /** Container paths that a comparison would delete, by pod. */
  readonly #fills = new Map<string, readonly string[]>();
  /** Container paths whose deletion this session has let through. */
  readonly #meant = new Set<string>();
  #facts: HeldDeletions | undefined;
  #why = '';
  #asking = false;

  constructor(options: DeletionGuardOptions) {
    this.#options = options;
  }

  get holds(): boolean {
    return this.#held.size > 0 || this.#fills.size > 0;
  }

  get facts(): HeldDeletions | undefined {
    if (!this.holds) return undefined;
    this.#facts ??= this.#describe();
    return { ...this.#facts, asking: this.#asking };
  }

  #describe(): HeldDeletions {
    const paths = new Set(this.#held.list().flatMap((change) => this.#options.deletes(change)));
    for (const fill of this.#fills.values()) for (const path of fill) paths.add(path);
    const { service } = this.#options;
    const sample = [...paths].slice(0, samplePaths);
    return { service, deletions: paths.size, paths: sample, why: this.#why, asking: this.#asking };
  }

  /** Of a change set, what may go on now. `known` counts the paths that the containers should hold. */
  sift(changes: readonly Change[], known: number, isMeant: (change: Change) => boolean): readonly Change[] {
    for (const { path, kind } of changes) if (kind !== 'deleted') this.#forget(path);
    const { held } = splitDeletions(changes.filter((change) => !isMeant(change)));
    const deletions = held.flatMap((change) =>
      change.kind === 'deleted' ? this.#options.deletes(change) : [],
    );
    if (this.#options.confirmed || !isMassDelete(deletions.length, known)) return changes;
    this.#held.add(held);
    this.#ask(explainMassDelete(deletions.length, known));
    const waiting = new Set(held);
    return changes.filter((change) => !waiting.has(change));
  }

  /** Paths whose deletion goes on its way. */
  note(containerPaths: Iterable<string>): void {
    for (const path of containerPaths) this.#meant.add(path);
  }

  /** Of paths that a container holds because of the tree, and that are gone here, those that may go there. */
  mayRemove(pod: string, paths: readonly string[], known: number): readonly string[] {
    this.dropReplica(pod);
    const unexpected = paths.filter((path) => !this.#meant.has(path));
    if (this.#options.confirmed || !isMassDelete(unexpected.length, known)) return paths;
    this.#fills.set(pod, unexpected);
    this.#ask(explainMassDelete(unexpected.length, known));
    return paths.filter((path) => this.#meant.has(path));
  }

  /** The container of that pod is gone, or holds what it should. */
  dropReplica(pod: string): void {
    if (this.#fills.delete(pod)) this.#changed();
  }

  /** Yes. Returns the changes that go on now; containers whose comparison was held are to be compared again. */
  release(): { readonly changes: readonly Change[]; readonly pods: readonly string[] } {
    const pods = [...this.#fills.keys()];
    for (const paths of this.#fills.values()) this.note(paths);
    this.#fills.clear();
    const changes = this.#held.takeAll();
    this.#changed();
    return { changes, pods };
  }

  /** No: not asked again for what is held now. */
  keep(): void {
    if (!this.#asking) return;
    this.#asking = false;
    this.#tell(true);
  }

  #forget(path: Change['path']): void {
    if (this.#held.size === 0) return;
    this.#held.drop(path);
    this.#changed();
  }

  #ask(why: string): void {
    this.#facts = undefined;
    this.#why = why;
    this.#asking = true;
    this.#tell(false);
    this.#options.onChange();
  }

  #changed(): void {
    this.#facts = undefined;
    if (this.#asking && !this.holds) {
      this.#asking = false;
      this.#tell(true);
    }
    this.#options.onChange();
  }

  #tell(resolved: boolean): void {
    const { bus, service } = this.#options;
    const { paths = [] } = this.facts ?? {};
    bus.emit({
      event: 'problem',
      key: `held/${service}`,
      code: 'mass-delete-held',
      message: resolved ? '' : `${this.#why} The containers keep them: ${paths.join(', ')} …`,
      cure: 'Put them back; or, if it is meant, say so in the terminal UI or with kdev confirm.',
      service,
      resolved,
    });
  }
}
