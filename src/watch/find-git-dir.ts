import { lstatSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The directory where git keeps the lock and HEAD of the working tree that a directory belongs to, looking upwards:
 * `.git` itself, or what a `.git` file of a worktree or submodule points to. Undefined outside any repository.
 */
export function findGitDir(root: string): string | undefined {
  for (let dir = root; ; dir = dirname(dir)) {
    const found = gitDirOf(join(dir, '.git'));
    if (found !== undefined) return found;
    if (dir === dirname(dir)) return undefined;
  }
}

function gitDirOf(path: string): string | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    // An empty .git directory is no repository; git looks further up, too.
    if (stats.isDirectory()) return lstatSync(join(path, 'HEAD'), { throwIfNoEntry: false }) && path;
    const target = /^gitdir: (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1];
    return target === undefined ? undefined : resolve(dirname(path), target);
  } catch {
    // Not readable for us: git of another user does not change this tree.
    return undefined;
  }
}
