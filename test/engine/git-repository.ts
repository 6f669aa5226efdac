import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { anchor } from './edits.ts';

const settings = ['user.name=t', 'user.email=t@example.com', 'commit.gpgsign=false', 'gc.auto=0'];
const config = settings.flatMap((setting) => ['-c', setting]);
/** Nothing of the person's own. */
const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const run = promisify(execFile);

/** Runs the machine's git while this process goes on with what else it has to do. */
export async function git(cwd: string, ...args: readonly string[]): Promise<void> {
  await run('git', [...config, ...args], { cwd, env });
}

export async function commit(root: string, message: string): Promise<void> {
  await git(root, 'add', '-A');
  await git(root, 'commit', '-qm', message);
}

/** Where the n-th file of the tree is. */
export function fileOf(index: number): string {
  return `tree/d${index % 100}/f${index}.txt`;
}

/**
 * A repository whose folder `tree` has so many files: on `main` all of them, on `other` a tenth each changed, deleted
 * and new, and another main module; on `few` only one in a hundred. `main` is checked out.
 */
export function makeRepository(root: string, files: number): void {
  const now = (...args: readonly string[]): void => {
    execFileSync('git', [...config, ...args], { cwd: root, env });
  };
  const commitNow = (message: string): void => {
    now('add', '-A');
    now('commit', '-qm', message);
  };
  mkdirSync(path.join(root, 'tree'), { recursive: true });
  now('init', '-q', '-b', 'main');
  writeFileSync(path.join(root, 'tree', anchor), '');
  writeFileSync(path.join(root, 'tree/main.py'), 'print("main")\n');
  for (let index = 0; index < 100; index++) mkdirSync(path.join(root, `tree/d${index}`));
  for (let index = 0; index < files; index++)
    writeFileSync(path.join(root, fileOf(index)), `main ${index}\n`);
  commitNow('main');
  now('checkout', '-qb', 'other');
  writeFileSync(path.join(root, 'tree/main.py'), 'print("othr")\n');
  const each = files / 10;
  for (let index = 0; index < each; index++) {
    writeFileSync(path.join(root, fileOf(index)), `othr ${index}\n`);
    rmSync(path.join(root, fileOf(each + index)));
    writeFileSync(path.join(root, fileOf(files + index)), `new ${index}\n`);
  }
  commitNow('other');
  now('checkout', '-q', 'main');
  now('checkout', '-qb', 'few');
  for (let index = 1; index < 100; index++) rmSync(path.join(root, `tree/d${index}`), { recursive: true });
  commitNow('few');
  now('checkout', '-q', 'main');
}
