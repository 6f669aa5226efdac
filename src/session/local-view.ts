import type { RelPath } from '../core/change.ts';
import type { LocalEntry, Watcher } from '../core/ports/watcher.ts';
import type { ServiceRules } from '../core/rules.ts';
import type { Service } from '../core/service.ts';
import { TreeDigest } from '../tree/tree-digest.ts';

/** One path that a service's containers should have, and where it comes from. */
export interface WantedPath {
  readonly source: RelPath;
  readonly entry: LocalEntry;
}

/**
 * What the containers of one service should hold: the local tree seen through the mappings, by absolute container
 * path, with its digest kept up to date. `load` once after the watcher's first scan, then `refresh` each changed path.
 */
export class LocalView {
  readonly #rules: ServiceRules;
  readonly #watcher: Pick<Watcher, 'get' | 'entries' | 'covers'>;
  readonly #mappings: Service['mappings'];
  readonly #paths = new Map<string, WantedPath>();
  readonly #digest = new TreeDigest();

  constructor(options: {
    readonly rules: ServiceRules;
    readonly mappings: Service['mappings'];
    readonly watcher: Pick<Watcher, 'get' | 'entries' | 'covers'>;
  }) {
    this.#rules = options.rules;
    this.#mappings = options.mappings;
    this.#watcher = options.watcher;
  }

  /** Reads the whole tree, e.g. at the start. */
  load(): void {
    for (const { from } of this.#mappings) {
      for (const [path, { type }] of this.#watcher.entries(from as RelPath)) {
        for (const containerPath of this.#rules.containerPaths(path, type)) this.refresh(containerPath);
      }
    }
  }

  /** Takes over the present state of one container path. Returns whether it differs from before. */
  refresh(containerPath: string): boolean {
    const before = this.#paths.get(containerPath);
    const after = this.#resolve(containerPath);
    if (before !== undefined) this.#digest.remove(containerPath, before.entry);
    if (after === undefined) this.#paths.delete(containerPath);
    else {
      this.#paths.set(containerPath, after);
      this.#digest.add(containerPath, after.entry);
    }
    return JSON.stringify(before?.entry) !== JSON.stringify(after?.entry);
  }

  get(containerPath: string): WantedPath | undefined {
    return this.#paths.get(containerPath);
  }

  get paths(): ReadonlyMap<string, WantedPath> {
    return this.#paths;
  }

  /** Hex; equal to a replica's digest when that has everything. */
  get digest(): string {
    return this.#digest.toString();
  }

  #resolve(containerPath: string): WantedPath | undefined {
    for (const { path, mapping } of this.#rules.sources(containerPath)) {
      const entry = this.#watcher.get(path);
      if (entry !== undefined && this.#watcher.covers(mapping, path, entry.type))
        return { source: path, entry };
    }
    return undefined;
  }
}
