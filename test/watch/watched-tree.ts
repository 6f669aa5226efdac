import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll } from 'vitest';
import type { Change, RelPath } from '../../src/core/change.ts';
import { sameEntry, type TreeEntry } from '../../src/core/entry.ts';
import type { LocalEntry, WatchEvent } from '../../src/core/ports/watcher.ts';
import { scanTree } from '../../src/tree/scan.ts';
import { createWatcher, type WatcherOptions } from '../../src/watch/create-watcher.ts';
import type { TreeWatcher } from '../../src/watch/tree-watcher.ts';

/** Shorter than the wait for the idle comparison, which would find whatever a hint did not tell. */
const deadlineMs = 25_000;

/** A temporary directory with a running watcher on it, and everything the watcher ever said. */
export class WatchedTree {
  readonly root: string;
  readonly watcher: TreeWatcher;
  readonly events: WatchEvent[] = [];
  /** The tree as somebody knows it who had the first scan and then only the events. */
  readonly told = new Map<string, LocalEntry>();

  private constructor(root: string, watcher: TreeWatcher) {
    this.root = root;
    this.watcher = watcher;
  }

  static async start(
    files: Readonly<Record<string, string>> = {},
    options: Partial<WatcherOptions> = {},
  ): Promise<WatchedTree> {
    const root = options.root ?? temporaryDirectory();
    writeFiles(root, files);
    const tree = new WatchedTree(
      root,
      createWatcher({ scopes: [{ from: '.', ignore: [] }], ...options, root }),
    );
    tree.watcher.listen((event) => tree.#hear(event));
    await tree.watcher.start();
    for (const [path, entry] of tree.watcher.entries('.' as RelPath)) tree.told.set(path, entry);
    return tree;
  }

  path(path: string): string {
    return join(this.root, path);
  }

  get(path: string): LocalEntry | undefined {
    return this.watcher.get(path as RelPath);
  }

  get changes(): readonly Change[] {
    return this.events.flatMap((event) => (event.type === 'changes' ? event.changes : []));
  }

  /** What was said about a path: `created file`, `modified link`, … */
  said(path: string): readonly string[] {
    return this.changes.filter((change) => change.path === path).map(({ kind, type }) => `${kind} ${type}`);
  }

  problems(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'problem'
        ? [`${event.code} ${event.path}${event.resolved === true ? ' resolved' : ''}`]
        : [],
    );
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    await waitUntil(
      () => condition() || undefined,
      () => `${what}; heard ${JSON.stringify(this.events, undefined, 1)}`,
    );
  }

  /** Until watcher, listener and an independent scan agree. */
  async converged(ignored?: (path: string, isDirectory: boolean) => boolean): Promise<void> {
    const scan = async () => {
      const { paths } = await scanTree({ root: this.root, ...(ignored !== undefined && { ignored }) });
      return new Map([...paths].map(([path, { entry }]) => [path, entry]));
    };
    let difference = '';
    const end = Date.now() + deadlineMs;
    while (Date.now() < end) {
      const truth = await scan();
      const tree = new Map<string, TreeEntry>(this.watcher.entries('.' as RelPath));
      difference = differenceOf(truth, tree) ?? differenceOf(truth, this.told) ?? '';
      if (difference === '') return;
      await delay(5);
    }
    throw new Error(`not converged: ${difference}`);
  }

  async stop(): Promise<void> {
    await this.watcher.stop();
    rmSync(this.root, { recursive: true, force: true });
  }

  #hear(event: WatchEvent): void {
    this.events.push(event);
    if (event.type !== 'changes') return;
    for (const { path, kind } of event.changes) {
      const entry = this.watcher.get(path);
      if (kind === 'deleted') this.told.delete(path);
      else if (entry !== undefined) this.told.set(path, entry);
    }
  }
}

const temporaries: string[] = [];
afterAll(() => {
  for (const dir of temporaries.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** An empty directory whose neighbours are the test's own, too. `memory`: for thousands of files, which a busy disk takes minutes for. */
export function temporaryDirectory(where: 'disk' | 'memory' = 'disk'): string {
  const base = where === 'memory' && existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const dir = realpathSync(mkdtempSync(join(base, 'kdev-watch-')));
  temporaries.push(dir);
  chmodSync(dir, 0o755);
  mkdirSync(join(dir, 'tree'));
  return join(dir, 'tree');
}

export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** Polls until there is a value; the message says what was missing. */
export async function waitUntil<Value>(
  attempt: () => Value | undefined,
  message: () => string,
  withinMs = deadlineMs,
): Promise<Value> {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = attempt();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`waited in vain for ${message()}`);
    await delay(2);
  }
}

function differenceOf(
  truth: ReadonlyMap<string, TreeEntry>,
  tree: ReadonlyMap<string, TreeEntry>,
): string | undefined {
  for (const [path, entry] of truth) {
    if (!sameEntry(entry, tree.get(path))) {
      return `${JSON.stringify(path)} is ${JSON.stringify(entry)}, known as ${JSON.stringify(tree.get(path))}`;
    }
  }
  for (const path of tree.keys()) if (!truth.has(path)) return `${JSON.stringify(path)} does not exist`;
  return undefined;
}
