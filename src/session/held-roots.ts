import type { RelPath } from '../core/change.ts';
import type { WatchEvent } from '../core/ports/watcher.ts';
import { movePath } from '../core/rules.ts';
import type { HeldDeletions } from '../core/service-status.ts';
import type { Lane } from './lane.ts';

const samplePaths = 5;

interface HeldRoot {
  readonly why: string;
  readonly facts: Map<Lane, HeldDeletions>;
}

/** Roots that are empty, unreadable, replaced or gone, which the watcher holds as they were and tells as problems. */
export class HeldRoots {
  readonly #roots = new Map<RelPath, HeldRoot>();
  readonly #kept = new Set<RelPath>();

  note({ path, code, message, resolved }: Extract<WatchEvent, { type: 'problem' }>): void {
    if (code !== 'root-gone') return;
    this.#kept.delete(path as RelPath);
    if (resolved === true) this.#roots.delete(path as RelPath);
    else this.#roots.set(path as RelPath, { why: `${message}.`, facts: new Map() });
  }

  /** Those that a service has mappings in. */
  of(lane: Lane): readonly RelPath[] {
    const touches = (root: RelPath): boolean =>
      lane.service.mappings.some(
        ({ from }) => movePath(from, root, '.') !== undefined || movePath(root, from, '.') !== undefined,
      );
    return [...this.#roots.keys()].filter(touches);
  }

  keep(lane: Lane): void {
    for (const root of this.of(lane)) this.#kept.add(root);
  }

  facts(lane: Lane): HeldDeletions | undefined {
    const [root] = this.of(lane);
    const held = root === undefined ? undefined : this.#roots.get(root);
    if (root === undefined || held === undefined) return undefined;
    // Nothing of a held root changes, so it is counted once.
    const facts = held.facts.get(lane) ?? countBelow(lane, root, held.why);
    held.facts.set(lane, facts);
    return { ...facts, asking: !this.#kept.has(root) };
  }
}

function countBelow(lane: Lane, root: RelPath, why: string): HeldDeletions {
  const paths = [...lane.view.paths].flatMap(([path, { source }]) =>
    source !== root && movePath(source, root, '.') !== undefined ? [path] : [],
  );
  const sample = paths.slice(0, samplePaths);
  return { service: lane.service.name, deletions: paths.length, paths: sample, why, asking: true };
}
