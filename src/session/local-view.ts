import type { RelPath } from '../core/change.ts';
import { sameEntry, type TreeEntry } from '../core/entry.ts';
import type { LocalEntry, Watcher } from '../core/ports/watcher.ts';
import type { ServiceRules } from '../core/rules.ts';
import type { Service } from '../core/service.ts';
import { TreeDigest } from '../tree/tree-digest.ts';

/** Content of files from here on is recognised at other paths, bytes: less is sent as fast as it is looked up. */
const leastCopiedBytes = 64 * 1024;
/** A folder of so many files that was renamed is still recognised. */
const maxGone = 4_096;

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
  /** What was lately at paths that went. */
  readonly #gone = new Map<string, TreeEntry>();
  readonly #becameDirectory = new Set<string>();
  /** Paths of large files by their content. */
  readonly #byContent = new Map<string, Set<string>>();

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
    if (before !== undefined) {
      this.#digest.remove(containerPath, before.entry);
      this.#index(containerPath, before.entry, false);
    }
    // What went a moment ago may still be there in a container.
    const there = before?.entry ?? this.#gone.get(containerPath);
    this.#gone.delete(containerPath);
    if (after?.entry.type !== 'dir') this.#becameDirectory.delete(containerPath);
    else if (there !== undefined && there.type !== 'dir') this.#becameDirectory.add(containerPath);
    if (after === undefined) {
      this.#paths.delete(containerPath);
      if (before !== undefined) this.#remember(containerPath, before.entry);
    } else {
      this.#paths.set(containerPath, after);
      this.#digest.add(containerPath, after.entry);
      this.#index(containerPath, after.entry, true);
    }
    return !sameEntry(before?.entry, after?.entry) || before?.entry.mode !== after?.entry.mode;
  }

  get(containerPath: string): WantedPath | undefined {
    return this.#paths.get(containerPath);
  }

  /** What was at a path that went lately. */
  gone(containerPath: string): TreeEntry | undefined {
    return this.#gone.get(containerPath);
  }

  /** Another path that should have the content of this one and of which `mayServe` holds; only for large files. */
  sameContent(containerPath: string, mayServe: (path: string) => boolean): string | undefined {
    const entry = this.#paths.get(containerPath)?.entry;
    if (entry?.type !== 'file' || entry.size < leastCopiedBytes) return undefined;
    for (const path of this.#byContent.get(entry.digest) ?? [])
      if (path !== containerPath && mayServe(path)) return path;
    return undefined;
  }

  /** Whether the directory that is there now took the place of a file or link. */
  becameDirectory(containerPath: string): boolean {
    return this.#becameDirectory.has(containerPath);
  }

  get paths(): ReadonlyMap<string, WantedPath> {
    return this.#paths;
  }

  /** Hex; equal to a replica's digest when that has everything. */
  get digest(): string {
    return this.#digest.toString();
  }

  #index(containerPath: string, entry: TreeEntry, isThere: boolean): void {
    if (entry.type !== 'file' || entry.size < leastCopiedBytes) return;
    const paths = this.#byContent.get(entry.digest) ?? new Set();
    if (isThere) paths.add(containerPath);
    else paths.delete(containerPath);
    if (paths.size > 0) this.#byContent.set(entry.digest, paths);
    else this.#byContent.delete(entry.digest);
  }

  #remember(containerPath: string, entry: TreeEntry): void {
    if (this.#gone.size >= maxGone) this.#gone.clear();
    this.#gone.set(containerPath, entry);
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
