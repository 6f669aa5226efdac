import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The folder that boxes live in: `$KDEV_STATE_DIR`, else `$XDG_STATE_HOME/kdev`, else `~/.local/state/kdev`. Always
 * absolute; not created here.
 */
export function stateRoot(env: Readonly<Record<string, string | undefined>>): string {
  if (env['KDEV_STATE_DIR']) return path.resolve(env['KDEV_STATE_DIR']);
  const xdg = env['XDG_STATE_HOME'];
  if (xdg && path.isAbsolute(xdg)) return path.join(xdg, 'kdev');
  return path.join(env['HOME'] || homedir(), '.local', 'state', 'kdev');
}
