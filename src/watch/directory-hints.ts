import { type FSWatcher, watch } from 'node:fs';
import { errnoOf } from '../tree/look.ts';
import { toFsPath } from '../tree/path-bytes.ts';
import type { HintSource, HintSourceOptions } from './hint-source.ts';
import { joinPath, nameOf } from './live-tree.ts';

/** One `fs.watch` per directory: one inotify watch each on Linux, see docs/decisions/watch-hints.md. */
export function createDirectoryHints(options: HintSourceOptions): HintSource {
  const watchers = new Map<string, FSWatcher>();
  const ownName = (dir: string) => nameOf(dir === '.' ? options.root : dir);

  const add = (dir: string): ReturnType<HintSource['add']> => {
    watchers.get(dir)?.close();
    watchers.delete(dir);
    let watcher: FSWatcher;
    try {
      watcher = watch(toFsPath(dir === '.' ? options.root : joinPath(options.root, dir)));
    } catch (thrown) {
      const code = errnoOf(thrown);
      return code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE' ? 'limit' : 'gone';
    }
    watchers.set(dir, watcher);
    watcher.on('change', (event, name) => {
      // A name that is not UTF-8 arrives mangled: look at the whole directory.
      const known = typeof name === 'string' && !name.includes('\uFFFD') ? name : undefined;
      options.onHint(dir, known, event === 'change' ? 'change' : 'rename');
      // What happens to the directory itself arrives under its own name.
      if (name === ownName(dir)) options.onHint(dir, undefined, event === 'change' ? 'change' : 'rename');
    });
    watcher.on('error', () => {
      watchers.delete(dir);
      watcher.close();
      options.onLost(dir);
    });
    return 'watching';
  };

  return {
    add,
    remove: (dir) => {
      watchers.get(dir)?.close();
      watchers.delete(dir);
    },
    ready: () => Promise.resolve(),
    close: () => {
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
      return Promise.resolve();
    },
  };
}
