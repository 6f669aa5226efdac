import { once } from 'node:events';
import type { Stats } from 'node:fs';
import { type FSWatcher, watch } from 'chokidar';
import type { HintSource, HintSourceOptions } from './hint-source.ts';
import { nameOf, parentOf } from './live-tree.ts';

/**
 * chokidar over the whole root, for systems where directories do not hint at what happens to the files in them. It
 * does its own walk with the same selection, so `add` and `remove` have nothing to do.
 */
export function createChokidarHints(options: HintSourceOptions): HintSource {
  const { root } = options;
  const relative = (path: string) =>
    path === root ? '.' : path.slice(root.length + 1).replaceAll('\\', '/');
  // Called without stats first, when a rule for directories must not decide yet.
  const isIgnored = (path: string, stats?: Stats) =>
    stats === undefined
      ? !options.wanted(relative(path), true) && !options.wanted(relative(path), false)
      : !options.wanted(relative(path), stats.isDirectory());
  let watcher: FSWatcher | undefined;
  return {
    add: () => 'watching',
    remove: () => undefined,
    ready: async () => {
      watcher = watch(root, { followSymlinks: false, ignorePermissionErrors: true, ignored: isIgnored });
      // The events proper are throttled to one a path in 50 ms; these are not.
      watcher.on('raw', (_event, name, details) => {
        const { watchedPath } = details as { readonly watchedPath?: string };
        if (watchedPath === undefined) return;
        const watched = relative(watchedPath);
        if (watched !== '.') options.onHint(parentOf(watched), nameOf(watched), 'unknown');
        if (typeof name === 'string' && name !== nameOf(watched)) options.onHint(watched, name, 'unknown');
      });
      watcher.on('error', () => options.onLost('.'));
      await once(watcher, 'ready');
      // What it found until now, the first scan finds, too.
      watcher.on('all', (_event, path) => {
        const at = relative(path);
        if (at === '.') options.onHint('.', undefined, 'unknown');
        else options.onHint(parentOf(at), nameOf(at), 'unknown');
      });
    },
    close: async () => {
      await watcher?.close();
    },
  };
}
