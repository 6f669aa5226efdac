import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RelPath } from '../../src/core/change.ts';
import { createWatcher } from '../../src/watch/create-watcher.ts';
import { temporaryDirectory, WatchedTree, writeFiles } from './watched-tree.ts';

let tree: WatchedTree;
const files = { 'app/a.py': '1', 'app/b.py': '2', 'app/sub/c.py': '3', 'other/d.py': '4' };
const scopes = [{ from: 'app', ignore: [] }];
const deletions = () => tree.changes.filter(({ kind }) => kind === 'deleted');

describe('a root that is lost', () => {
  beforeEach(async () => {
    tree = await WatchedTree.start(files, { scopes });
  });
  afterEach(() => tree.stop());

  it('A38 S7 W8 is a problem and no deletions; when it is back, the difference is told', async () => {
    renameSync(tree.root, `${tree.root}-away`);
    await tree.until('root-gone', () => tree.problems().includes('root-gone .'));
    expect(deletions()).toEqual([]);
    expect(tree.get('app/a.py')).toMatchObject({ type: 'file' });
    renameSync(`${tree.root}-away`, tree.root);
    writeFileSync(tree.path('app/a.py'), 'edited meanwhile');
    await tree.until('resolved', () => tree.problems().includes('root-gone . resolved'));
    await tree.until('the edit', () => tree.said('app/a.py').length === 1);
    expect(deletions()).toEqual([]);
    writeFileSync(tree.path('app/b.py'), 'watched again');
    await tree.until('a later edit', () => tree.said('app/b.py').length === 1);
  });

  it('A38 stays held when something else is in its place, until a person accepts that', async () => {
    renameSync(tree.root, `${tree.root}-away`);
    writeFiles(tree.root, { 'foreign/x': '1', 'app/z.py': 'x' });
    await tree.until('root-gone', () => tree.problems().some((text) => text.startsWith('root-gone')));
    expect(deletions()).toEqual([]);
    rmSync(`${tree.root}-away`, { recursive: true });
  });

  it('S5 a mapping that is found empty is a problem, not a mass deletion', async () => {
    for (const name of readdirSync(tree.path('app'))) rmSync(tree.path(`app/${name}`), { recursive: true });
    await tree.until('root-gone', () => tree.problems().includes('root-gone app'));
    expect(deletions().length).toBeLessThan(4);
    expect(tree.get('app/a.py')).toMatchObject({ type: 'file' });
    await tree.watcher.acceptRoot('app' as RelPath);
    const gone = ['app/a.py', 'app/b.py', 'app/sub/c.py'];
    await tree.until('all gone', () => gone.every((path) => tree.said(path).includes('deleted file')));
    expect(gone.map((path) => tree.get(path))).toEqual([undefined, undefined, undefined]);
    expect(tree.problems()).toContain('root-gone app resolved');
  });

  it('W8 a mapping whose directory is made anew by a build never loses what is there again', async () => {
    rmSync(tree.path('app'), { recursive: true });
    await tree.until('root-gone', () => tree.problems().includes('root-gone app'));
    writeFiles(tree.root, { ...files, 'app/b.py': 'built' });
    await tree.until('resolved', () => tree.problems().includes('root-gone app resolved'));
    await tree.until('b.py', () => tree.said('app/b.py').includes('modified file'));
    await tree.watcher.rescan();
    expect(deletions()).toEqual([]);
  });

  it('F1 the last single file of a mapping may be deleted', async () => {
    rmSync(tree.path('app/sub'), { recursive: true });
    await tree.until('sub', () => tree.said('app/sub').length === 1);
    unlinkSync(tree.path('app/a.py'));
    await tree.until('a', () => tree.said('app/a.py').length === 1);
    unlinkSync(tree.path('app/b.py'));
    await tree.until('b', () => tree.said('app/b.py').length === 1);
    expect(tree.problems()).toEqual([]);
  });

  it('A39 what is mounted over a mapping is not taken for its new content', async () => {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', tree.path('app')]);
    try {
      writeFileSync(tree.path('app/other.py'), 'x');
      await tree.watcher.rescan();
      await tree.until('root-gone', () => tree.problems().includes('root-gone app'));
      expect(deletions()).toEqual([]);
    } finally {
      execFileSync('umount', [tree.path('app')]);
    }
    await tree.until('resolved', () => tree.problems().includes('root-gone app resolved'));
  });
});

describe('paths that are not there yet', () => {
  afterEach(() => tree.stop());

  it('W4 F16 a mapped directory and a mapped file may be created later, with all directories above them', async () => {
    tree = await WatchedTree.start(
      { unrelated: '' },
      {
        scopes: [
          { from: 'services/adder/app', ignore: [] },
          { from: 'conf/settings.ini', ignore: [] },
        ],
      },
    );
    mkdirSync(tree.path('services'));
    writeFiles(tree.root, {
      'services/adder/app/x.py': '1',
      'services/adder/readme': 'no',
      'conf/settings.ini': 'a',
    });
    await tree.until('both', () => tree.changes.length === 3);
    expect(tree.changes.map(({ path }) => path as string).sort()).toEqual([
      'conf/settings.ini',
      'services/adder/app',
      'services/adder/app/x.py',
    ]);
  });

  it('W5 says nothing about the siblings of a mapped file', async () => {
    tree = await WatchedTree.start(
      { 'a.ini': '1', 'b.ini': '2' },
      { scopes: [{ from: 'a.ini', ignore: [] }] },
    );
    writeFileSync(tree.path('b.ini'), 'changed');
    writeFileSync(tree.path('a.ini'), 'changed');
    await tree.until('a', () => tree.said('a.ini').length === 1);
    await tree.watcher.rescan();
    expect(tree.changes).toHaveLength(1);
    unlinkSync(tree.path('a.ini'));
    await tree.until('deleted', () => tree.said('a.ini').length === 2);
  });

  it('a root that does not exist is an error that says so', () => {
    const root = `${temporaryDirectory()}/none`;
    expect(() => createWatcher({ root, scopes })).toThrow(
      expect.objectContaining({ code: 'watch-root-unreadable', what: expect.stringContaining(root) }),
    );
  });
});
