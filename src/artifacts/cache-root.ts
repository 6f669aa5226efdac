import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The folder that everything slow to make is kept in: `$KDEV_CACHE_DIR`, else `$XDG_CACHE_HOME/kdev`, else
 * `~/.cache/kdev`. Always absolute; not created here. As the XDG specification asks, a relative `XDG_CACHE_HOME`
 * is ignored.
 */
export function cacheRoot(env: Readonly<Record<string, string | undefined>>): string {
  if (env['KDEV_CACHE_DIR']) return path.resolve(env['KDEV_CACHE_DIR']);
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg && path.isAbsolute(xdg)) return path.join(xdg, 'kdev');
  return path.join(env['HOME'] || homedir(), '.cache', 'kdev');
}
