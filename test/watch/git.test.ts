import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { RelPath } from '../../src/core/change.ts';
import { systemClock } from '../../src/core/clock.ts';
import { StandingClock } from './standing-clock.ts';
import { temporaryDirectory, WatchedTree, writeFiles } from './watched-tree.ts';

let tree: WatchedTree;
const extra: string[] = [];
afterEach(async () => {
  await tree.stop();
  for (const dir of extra.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function git(cwd: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** `main` with some files, `other` with a third changed, a third deleted and as many new ones. */
function repository(files: number): string {
  const root = temporaryDirectory('memory');
  git(root, 'init', '-q', '-b', 'main');
  writeFiles(root, Object.fromEntries(range(files).map((n) => [`d${n % 20}/f${n}`, `main ${n}\n`])));
  git(root, 'add', '.');
  git(root, 'commit', '-qm', 'main');
  git(root, 'checkout', '-qb', 'other');
  for (const n of range(files)) {
    if (n % 3 === 0) writeFileSync(`${root}/d${n % 20}/f${n}`, `othr ${n}\n`);
    if (n % 3 === 1) unlinkSync(`${root}/d${n % 20}/f${n}`);
  }
  writeFiles(root, Object.fromEntries(range(files / 3).map((n) => [`new${n % 7}/f${n}`, `${n}`])));
  git(root, 'add', '-A');
  git(root, 'commit', '-qm', 'other');
  git(root, 'checkout', '-q', 'main');
  return root;
}

function range(count: number): number[] {
  return Array.from({ length: Math.floor(count) }, (_, index) => index);
}

const ignoreGit = (path: string) => path === '.git';
/** Runs git by a clock that stands until the tree is held: git's rest is not over before anybody looked. */
async function gitHeld(clock: StandingClock, cwd: string, ...args: readonly string[]): Promise<void> {
  const held = () => kinds().filter((kind) => kind === 'held').length;
  const before = held();
  clock.stand();
  git(cwd, ...args);
  await tree.until('held', () => held() > before);
  clock.go();
}
const kinds = () => tree.events.map(({ type }) => type).filter((type) => type !== 'problem');

describe('while git changes the tree', () => {
  it.each([30, 3000])(
    'W3 a branch switch of %i files is held, compared once and told in one event',
    async (files) => {
      const clock = new StandingClock();
      tree = await WatchedTree.start({}, { root: repository(files), clock });
      await gitHeld(clock, tree.root, 'checkout', '-q', 'other');
      await tree.until('released', () => kinds().includes('released'));
      await tree.converged(ignoreGit);
      expect(kinds()).toEqual(['held', 'changes', 'released']);
      expect(tree.changes.filter(({ kind }) => kind === 'modified')).toHaveLength(Math.ceil(files / 3));
      await gitHeld(clock, tree.root, 'checkout', '-q', 'main');
      await tree.until('released again', () => kinds().filter((kind) => kind === 'released').length === 2);
      await tree.converged(ignoreGit);
      expect(kinds()).toEqual(['held', 'changes', 'released', 'held', 'changes', 'released']);
    },
  );

  it('W12 says nothing when git only looks, adds or commits', async () => {
    tree = await WatchedTree.start({}, { root: repository(30) });
    git(tree.root, 'status');
    git(tree.root, 'checkout', '-qb', 'third');
    git(tree.root, 'commit', '-q', '--allow-empty', '-m', 'nothing');
    await tree.watcher.rescan();
    expect(kinds()).toEqual([]);
  });

  it('A17 follows a file that git restored, and later edits of it', async () => {
    tree = await WatchedTree.start({}, { root: repository(30) });
    writeFileSync(tree.path('d0/f0'), 'edited');
    await tree.until('edited', () => tree.said('d0/f0').length === 1);
    git(tree.root, 'checkout', '-q', '--', 'd0/f0');
    await tree.until('restored', () => tree.said('d0/f0').length === 2);
    writeFileSync(tree.path('d0/f0'), 'edited again');
    await tree.until('edited again', () => tree.said('d0/f0').length === 3);
    await tree.converged(ignoreGit);
  });

  it('A21 sees what stash and stash pop do within the same second', async () => {
    tree = await WatchedTree.start({}, { root: repository(30) });
    writeFileSync(tree.path('d0/f0'), 'MAIN 0\n');
    await tree.until('edited', () => tree.said('d0/f0').length === 1);
    git(tree.root, 'stash', '-q');
    git(tree.root, 'stash', 'pop', '-q');
    await tree.converged(ignoreGit);
    expect(readFileSync(tree.path('d0/f0'), 'utf8')).toBe('MAIN 0\n');
  });

  it('is one event for a whole rebase', async () => {
    const root = repository(30);
    git(root, 'checkout', '-q', 'main');
    for (const n of range(5)) {
      writeFiles(root, { [`rebased/${n}`]: `${n}` });
      git(root, 'add', '.');
      git(root, 'commit', '-qm', `step ${n}`);
    }
    const clock = new StandingClock();
    tree = await WatchedTree.start({}, { root, clock });
    await gitHeld(clock, root, 'rebase', '-q', 'other');
    await tree.until('released', () => kinds().includes('released'));
    await tree.converged(ignoreGit);
    expect(kinds()).toEqual(['held', 'changes', 'released']);
  });

  it('holds what a person saves while the lock is there, and reports it afterwards', async () => {
    const clock = new StandingClock();
    tree = await WatchedTree.start({}, { root: repository(30), clock });
    writeFileSync(tree.path('.git/index.lock'), '');
    writeFileSync(tree.path('d0/f0'), 'saved');
    await tree.until('held', () => kinds().includes('held'));
    await delay(100);
    expect(tree.said('d0/f0')).toEqual([]);
    clock.go();
    unlinkSync(tree.path('.git/index.lock'));
    await tree.until('released', () => kinds().includes('released'));
    expect(kinds()).toEqual(['held', 'changes', 'released']);
    expect(tree.said('d0/f0')).toEqual(['modified file']);
  });

  it('goes on without a lock that nobody works under, names it, and says when it is gone', async () => {
    // The clock runs ten times as fast, so that the lock is stale after half a second.
    const clock = {
      ...systemClock,
      monotonic: () => systemClock.monotonic() * 10,
      after: (ms: number, run: () => void) => systemClock.after(ms / 10, run),
    };
    tree = await WatchedTree.start({}, { root: repository(30), clock });
    const lock = tree.path('.git/index.lock');
    writeFileSync(lock, '');
    writeFileSync(tree.path('d0/f0'), 'saved');
    await tree.until('told', () => tree.said('d0/f0').length === 1);
    expect(tree.problems()).toEqual([`git-lock-stale ${lock}`]);
    expect(kinds()).toEqual(['held', 'changes', 'released']);
    writeFileSync(tree.path('d0/f0'), 'and again');
    await tree.until('not held any more', () => tree.said('d0/f0').length === 2);
    expect(kinds().filter((kind) => kind === 'held')).toHaveLength(1);
    unlinkSync(lock);
    await tree.until('resolved', () => tree.problems().includes(`git-lock-stale ${lock} resolved`));
  });

  it('knows worktrees, submodules and roots inside a larger repository', async () => {
    const main = repository(30);
    const worktree = temporaryDirectory();
    extra.push(main, worktree);
    git(main, 'worktree', 'add', '-q', `${worktree}/tree`, 'other');
    const clock = new StandingClock();
    tree = await WatchedTree.start({}, { root: `${worktree}/tree/d0`, clock });
    await gitHeld(clock, `${worktree}/tree`, 'checkout', '-q', '--detach', 'main');
    await tree.until('released', () => kinds().includes('released'));
    await tree.converged();
    expect(kinds()).toEqual(['held', 'changes', 'released']);
  });

  it('A35 never has .git in the tree, nor anything in it', async () => {
    tree = await WatchedTree.start({ 'sub/.git': 'gitdir: elsewhere' }, { root: repository(30) });
    expect([...tree.watcher.entries('.' as RelPath)].filter(([path]) => path.includes('.git'))).toEqual([]);
  });
});
