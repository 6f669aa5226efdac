import { createHash } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** sun_path of unix(7) has 108 bytes, the last one for NUL. */
const maxBytes = 107;

/**
 * Where the daemon of a project's environment listens: in `$XDG_RUNTIME_DIR/kdev` where that folder is this user's,
 * else in `stateDir`, else, where that path is too long for a socket, in the system's folder for temporary files.
 * Equal arguments give an equal path.
 */
export function socketPath(options: {
  /** Absolute, as in `Project.root`. */
  readonly root: string;
  readonly environment: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stateDir: string;
  readonly tmpDir: string;
  readonly uid: number;
}): string {
  const { root, environment, env, stateDir, tmpDir, uid } = options;
  const name = `${createHash('sha256').update(`${root}\0${environment}`).digest('hex').slice(0, 16)}.sock`;
  const runtime = env['XDG_RUNTIME_DIR'];
  const folders = [
    ...(runtime !== undefined && isOwn(runtime, uid) ? [path.join(runtime, 'kdev')] : []),
    path.join(stateDir, 'run'),
  ];
  const fits = folders
    .map((folder) => path.join(folder, name))
    .find((file) => Buffer.byteLength(file) <= maxBytes);
  return fits ?? path.join(tmpDir, `kdev-${uid}`, name);
}

/** After `sudo`, XDG_RUNTIME_DIR may still be somebody else's. */
function isOwn(folder: string, uid: number): boolean {
  try {
    accessSync(folder, constants.W_OK);
    const stats = statSync(folder);
    return path.isAbsolute(folder) && stats.isDirectory() && stats.uid === uid;
  } catch {
    return false;
  }
}
