import type { Change, RelPath } from '../../src/core/change.ts';
import type { LocalEntry, StableRead, WatchEvent, Watcher } from '../../src/core/ports/watcher.ts';
import { fileEntry } from './container.ts';

/** A local tree in memory; `save`, `make` and `remove` are what a person does to it. */
export class FakeWatcher implements Watcher {
  readonly #tree = new Map<string, LocalEntry>();
  readonly #contents = new Map<string, Uint8Array>();
  readonly #listeners = new Set<(event: WatchEvent) => void>();

  save(path: string, content: string, options: { readonly atomic?: boolean } = {}): void {
    const kind = this.#tree.has(path) ? 'modified' : 'created';
    const bytes = Buffer.from(content);
    this.#contents.set(path, bytes);
    this.#tree.set(path, { ...fileEntry(bytes), mode: 0o644 });
    this.#report([{ path: path as RelPath, kind, type: 'file', at: Date.now() }], options.atomic ?? true);
  }

  /** A directory, in the place of whatever was there. */
  make(path: string): void {
    const kind = this.#tree.has(path) ? 'modified' : 'created';
    this.#tree.set(path, { type: 'dir', mode: 0o755 });
    this.#report([{ path: path as RelPath, kind, type: 'dir', at: Date.now() }], true);
  }

  /** A path with everything below it. */
  remove(path: string): void {
    const gone = [...this.#tree].filter(([each]) => each === path || each.startsWith(`${path}/`));
    for (const [each] of gone) this.#tree.delete(each);
    const changes = gone.map(
      ([each, entry]): Change => ({
        path: each as RelPath,
        kind: 'deleted',
        type: entry.type,
        at: Date.now(),
      }),
    );
    this.#report(changes, true);
  }

  /** A directory gets another name. */
  move(from: string, to: string): void {
    const changes = [...this.#tree]
      .filter(([each]) => each === from || each.startsWith(`${from}/`))
      .flatMap(([each, entry]): Change[] => {
        const path = `${to}${each.slice(from.length)}` as RelPath;
        const content = this.#contents.get(each);
        if (content !== undefined) this.#contents.set(path, content);
        this.#tree.set(path, entry);
        this.#tree.delete(each);
        const facts = { type: entry.type, at: Date.now() };
        return [
          { path: each as RelPath, kind: 'deleted', movedTo: path, ...facts },
          { path, kind: 'created', ...facts },
        ];
      });
    this.#report(changes, true);
  }

  /** A directory and everything in it becomes a file. */
  replace(path: string, content: string): void {
    const gone = [...this.#tree].filter(([each]) => each.startsWith(`${path}/`));
    for (const [each] of gone) this.#tree.delete(each);
    const bytes = Buffer.from(content);
    this.#contents.set(path, bytes);
    this.#tree.set(path, { ...fileEntry(bytes), mode: 0o644 });
    const deleted = gone.map(
      ([each, { type }]): Change => ({ path: each as RelPath, kind: 'deleted', type, at: Date.now() }),
    );
    const change: Change = { path: path as RelPath, kind: 'modified', type: 'file', at: Date.now() };
    this.#report([...deleted, change], true);
  }

  emit(event: WatchEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  get = (path: RelPath): LocalEntry | undefined => this.#tree.get(path);
  start = async (): Promise<void> => undefined;
  covers = (): boolean => true;
  /** What a comparison with the file system finds, beyond what was reported. */
  onRescan: () => void = () => undefined;
  onAccept: (root: RelPath) => void = () => undefined;
  acceptRoot = async (root: RelPath): Promise<void> => this.onAccept(root);
  rescan = async (): Promise<void> => this.onRescan();
  stop = async (): Promise<void> => undefined;

  *entries(root: RelPath): Iterable<readonly [RelPath, LocalEntry]> {
    for (const [path, entry] of [...this.#tree].sort()) {
      if (root === '.' || path === root || path.startsWith(`${root}/`)) yield [path as RelPath, entry];
    }
  }

  async read(path: RelPath): Promise<StableRead> {
    const content = this.#contents.get(path);
    const entry = this.#tree.get(path);
    if (content === undefined || entry?.type !== 'file') return { type: 'gone' };
    return { type: 'file', entry: fileEntry(content), mode: entry.mode, content };
  }

  listen(listener: (event: WatchEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #report(changes: readonly Change[], atomic: boolean): void {
    this.emit({ type: 'changes', changes, atomic, detectMs: 0.1 });
  }
}
