import { ancestorsOf } from '../../src/core/ancestors.ts';
import type { TreeEntry } from '../../src/core/entry.ts';
import { TreeDigest } from '../../src/tree/tree-digest.ts';
import { isNewer, isSame, type Version } from './version.ts';

export interface ManagedPath {
  readonly entry: TreeEntry;
  readonly version: Version;
  /** Of the file as it was last seen with this content; absent when it was never seen by this agent. */
  readonly stamp?: string | undefined;
}

export interface Tombstone {
  readonly version: Version;
  /** What was there; absent when nobody knew. */
  readonly entry?: TreeEntry | undefined;
}

/** What kdev put into a container, adopted or deleted there, with the digest over what is there now. */
export class ManagedPaths {
  readonly #paths = new Map<string, ManagedPath>();
  readonly #tombstones = new Map<string, Tombstone>();
  readonly #children = new Map<string, Set<string>>();
  readonly #digest = new TreeDigest();
  /** What was said lately of everything above the paths of one directory, until something could change it. */
  #lately: { readonly parent: string; readonly version: Version; readonly superseded: boolean } | undefined;

  get digest(): string {
    return this.#digest.toString();
  }

  get(path: string): ManagedPath | undefined {
    return this.#paths.get(path);
  }

  tombstone(path: string): Tombstone | undefined {
    return this.#tombstones.get(path);
  }

  entries(): IterableIterator<[string, ManagedPath]> {
    return this.#paths.entries();
  }

  tombstones(): IterableIterator<[string, Tombstone]> {
    return this.#tombstones.entries();
  }

  put(path: string, managed: ManagedPath): void {
    const before = this.#paths.get(path);
    if (this.#lately?.parent.startsWith(path) === true) this.#lately = undefined;
    if (before !== undefined) this.#digest.remove(path, before.entry);
    this.#digest.add(path, managed.entry);
    this.#paths.set(path, managed);
    this.#tombstones.delete(path);
    if (before === undefined) this.#link(path);
  }

  /** Leaves a tombstone, so that an older change that comes later stays without effect. */
  delete(path: string, version: Version): void {
    const before = this.#paths.get(path);
    this.forget(path);
    const entry = before?.entry ?? this.#tombstones.get(path)?.entry;
    if (this.#lately?.parent.startsWith(path) === true) this.#lately = undefined;
    this.#tombstones.set(path, { version, entry });
  }

  /** The path is no longer there, and not because of a session. */
  forget(path: string): void {
    const before = this.#paths.get(path);
    if (before === undefined) return;
    if (this.#lately?.parent.startsWith(path) === true) this.#lately = undefined;
    this.#digest.remove(path, before.entry);
    this.#paths.delete(path);
    this.#unlink(path);
  }

  /** Managed paths below a directory and the directories between them, in no order. */
  below(path: string): string[] {
    const found: string[] = [];
    const pending = [path];
    for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
      for (const child of this.#children.get(parent) ?? []) {
        found.push(child);
        pending.push(child);
      }
    }
    return found;
  }

  /** Whether a newer change has already decided what is at a path: its own, or of a directory above that went. */
  isSuperseded(path: string, version: Version): boolean {
    const own = this.#paths.get(path)?.version ?? this.#tombstones.get(path)?.version;
    if (own !== undefined && isNewer(own, version)) return true;
    // Batches bring one directory after the other.
    const parent = path.slice(0, path.lastIndexOf('/'));
    const lately = this.#lately;
    if (lately !== undefined && lately.parent === parent && isSame(lately.version, version))
      return lately.superseded;
    const superseded = ancestorsOf(path).some((above) => {
      const managed = this.#paths.get(above);
      const deciding = managed === undefined ? this.#tombstones.get(above) : managed;
      return managed?.entry.type !== 'dir' && deciding !== undefined && isNewer(deciding.version, version);
    });
    this.#lately = { parent, version, superseded };
    return superseded;
  }

  #link(path: string): void {
    let child = path;
    for (const parent of ancestorsOf(path)) {
      const children = this.#children.get(parent);
      if (children !== undefined) {
        children.add(child);
        return;
      }
      this.#children.set(parent, new Set([child]));
      child = parent;
    }
  }

  #unlink(path: string): void {
    let child = path;
    for (const parent of ancestorsOf(path)) {
      if (this.#paths.has(child) || this.#children.has(child)) return;
      const children = this.#children.get(parent);
      children?.delete(child);
      if (children === undefined || children.size > 0) return;
      this.#children.delete(parent);
      child = parent;
    }
  }
}
