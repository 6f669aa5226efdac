import { type FSWatcher, watch } from 'chokidar';
import type { HintSource, HintSourceOptions } from './hint-source.ts';
import { nameOf, parentOf } from './live-tree.ts';

/**
 * chokidar over the whole root, for systems where directories do not hint at what happens to the files in them. It
 * does its own walk with the same selection, so `add` and `remove` have nothing to do.
 */
export function createChokidarHints(options: HintSourceOptions): HintSource {
  const { root } = options;
  const relative = (path: string) => (path === root ? '.' : path.slice(root.length + 1).replaceAll('\\', '/'));
  const watcher: FSWatcher = watch(root, {
    followSymlinks: false,
    ignorePermissionErrors: true,
    // Called without stats first: only a directory's verdict may prune then.
    ignored: (path, stats) => !options.wanted(relative(path), stats === undefined || stats.isDirectory()),
  });
  const ready = new Promise<void>((resolve) => {
    watcher.once('ready', resolve);
  });
  watcher.on('all', (_event, path) => {
    const at = relative(path);
    if (at === '.') options.onHint('.', undefined, 'unknown');
    else options.onHint(parentOf(at), nameOf(at), 'unknown');
  });
  watcher.on('error', () => options.onLost('.'));
  return {
    add: () => 'watching',
    remove: () => undefined,
    ready: () => ready,
    close: () => watcher.close(),
  };
}
