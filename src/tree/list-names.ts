import { readdirSync } from 'node:fs';
import { fromFsBytes, toFsPath } from './path-bytes.ts';

/** The names in a directory, in the order the file system has them. Throws what readdir throws. */
export function listNames(dir: string): readonly string[] {
  const path = toFsPath(dir);
  const names = readdirSync(path);
  // Reading bytes costs twice as much, so only a directory with an odd name pays for it.
  if (!names.some((name) => name.includes('\uFFFD'))) return names;
  return readdirSync(path, { encoding: 'buffer' }).map(fromFsBytes);
}
