import { readFileSync } from 'node:fs';
import { fromFsBytes } from '../../src/tree/path-bytes.ts';

/**
 * Where something is mounted in a container, as paths in it. From outside of its mount namespace the kernel does not
 * refuse to rename over a mount or to remove it (rename(2)'s EBUSY is for the caller's own mounts): it takes the
 * mount away. So whoever changes a container's files from here has to look first.
 *
 * @param rootDir `/proc/<pid>/root`
 */
export function readMountPoints(rootDir: string): ReadonlySet<string> {
  const points = new Set<string>();
  const text = readFileSync(rootDir.replace(/root$/, 'mountinfo'), 'latin1');
  for (const line of text.split('\n')) {
    const point = line.split(' ')[4];
    if (point !== undefined) points.add(unescapePoint(point));
  }
  return points;
}

const plain = /^[!-[\]-~]*$/;

/** proc(5): space, tab, newline and backslash are written as three octal digits. */
function unescapePoint(point: string): string {
  // Most are plain, and every piece of work reads all of them.
  if (plain.test(point)) return point;
  const bytes = point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return fromFsBytes(Buffer.from(bytes, 'latin1'));
}
