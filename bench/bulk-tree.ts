import { execFile } from 'node:child_process';
import { rename, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BulkCaseName } from './cases.ts';
import type { BulkChange, Observer } from './observer.ts';

const run = promisify(execFile);

const bulkFiles = 20_000;
const largeFileBytes = 64 * 1024 * 1024;

/** A local tree that changes in bulk, and a folder beside it where what comes is prepared. */
export interface BulkTree {
  readonly synced: string;
  /** Older than everything that changed since `prepare`. */
  readonly marker: string;
  /** Makes ready what a case needs before its clock starts. */
  prepare(name: BulkCaseName): Promise<BulkChange>;
}

/** Fills a synced folder with what the bulk cases work on: 5 000 files of 1 KiB and one of 64 MiB. */
export async function makeBulkTree(synced: string, observer: Observer): Promise<BulkTree> {
  const at = (name: string): string => path.join(synced, name);
  const prepared = `${synced}-next`;
  const marker = `${synced}-marker`;
  await observer.fill(at('many'), 1_000);
  await observer.fill(at('rest'), 4_000);
  await run('sh', ['-c', 'head -c "$0" /dev/urandom > "$1"', String(largeFileBytes), at('large.bin')]);
  let renamed = false;
  return {
    synced,
    marker,
    prepare: async (name) => {
      await writeFile(marker, '');
      const past = Date.now() / 1_000 - 2;
      await utimes(marker, past, past);
      switch (name) {
        case 'burst-200':
          // Replacing 200 files is the disk's time, 20 to 200 ms, and the same without anybody who watches.
          return { kind: 'burst', path: at('rest'), count: 200, afterChange: true };
        case 'first-20k':
        case 'save-during-first-sync':
          await rm(at('first'), { recursive: true, force: true });
          await observer.fill(prepared, bulkFiles);
          return { kind: 'rename', path: prepared, to: at('first') };
        case 'mass-delete':
          return { kind: 'remove', path: at('first') };
        case 'rename-dir': {
          const names = [at('many'), at('renamed')] as const;
          const [from, to] = renamed ? [names[1], names[0]] : names;
          renamed = !renamed;
          return { kind: 'rename', path: from, to };
        }
        case 'big-delta':
          return { kind: 'patch', path: at('large.bin') };
        default:
          return name satisfies never;
      }
    },
  };
}

/** A git repository of 20 000 files with two branches that differ in 2 000 rewritten, deleted and added files each. */
export async function makeGitTree(
  synced: string,
  observer: Observer,
): Promise<{ switchBranch(): BulkChange }> {
  const branches = ['one', 'two'] as const;
  const git = (...args: string[]) =>
    run('git', ['-C', synced, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args], {
      maxBuffer: 64 * 1024 * 1024,
    });
  await observer.fill(path.join(synced, 'src'), bulkFiles);
  await git('init', '-q', '-b', branches[0]);
  await git('add', '.');
  await git('commit', '-q', '-m', 'one');
  await git('checkout', '-q', '-b', branches[1]);
  const folder = (index: number): string => path.join(synced, 'src', String(index).padStart(3, '0'));
  for (let index = 0; index < 20; index++) {
    await rm(folder(index), { recursive: true });
    await rename(folder(index + 20), `${synced}-spare-${index}`);
    await rm(`${synced}-spare-${index}`, { recursive: true });
  }
  await observer.fill(path.join(synced, 'rewritten'), 2_000);
  for (let index = 0; index < 20; index++) {
    const fresh = path.join(synced, 'rewritten', String(index).padStart(3, '0'));
    await renumber(fresh, folder(index + 20), index * 100, (index + 20) * 100);
  }
  await rm(path.join(synced, 'rewritten'), { recursive: true });
  await observer.fill(path.join(synced, 'added'), 2_000);
  await git('add', '--all', '.');
  await git('commit', '-q', '-m', 'two');
  for (const branch of branches)
    await git('worktree', 'add', '-q', '--detach', `${synced}-${branch}`, branch);
  await git('checkout', '-q', branches[0]);
  let at = 0;
  return {
    switchBranch: () => {
      at = 1 - at;
      const branch = branches[at] ?? branches[0];
      const command = ['git', '-C', synced, 'checkout', '-q', branch];
      return { kind: 'command', command, expect: `${synced}-${branch}`, afterChange: true };
    },
  };
}

/** Moves a folder of files `N.txt` and gives each the number that it has in another folder. */
async function renumber(from: string, to: string, first: number, wanted: number): Promise<void> {
  await rename(from, to);
  const numbers = Array.from({ length: 100 }, (_, index) => index);
  await Promise.all(
    numbers.map((index) =>
      rename(path.join(to, `${first + index}.txt`), path.join(to, `${wanted + index}.txt`)),
    ),
  );
}
