import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { RelPath } from '../../src/core/change.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { WatcherOptions } from '../../src/watch/create-watcher.ts';
import { temporaryDirectory, WatchedTree, writeFiles } from './watched-tree.ts';

let tree: WatchedTree;
const start = async (files: Readonly<Record<string, string>> = {}, options: Partial<WatcherOptions> = {}) => {
  tree = await WatchedTree.start(files, options);
  return tree;
};
afterEach(() => tree.stop());

describe('what happens to single paths', () => {
  it('F1 tells that a file was created, modified and deleted, after the snapshot has it', async () => {
    await start({ 'keep.py': '' });
    const seen: unknown[] = [];
    tree.watcher.listen((event) => {
      if (event.type === 'changes') seen.push(event.changes.map(({ path }) => [path, tree.get(path)?.type]));
    });
    writeFileSync(tree.path('a.py'), 'one');
    await tree.until('created', () => tree.said('a.py').length === 1);
    writeFileSync(tree.path('a.py'), 'other');
    await tree.until('modified', () => tree.said('a.py').length === 2);
    unlinkSync(tree.path('a.py'));
    await tree.until('deleted', () => tree.said('a.py').length === 3);
    expect(tree.said('a.py')).toEqual(['created file', 'modified file', 'deleted file']);
    expect(seen).toEqual([[['a.py', 'file']], [['a.py', 'file']], [['a.py', undefined]]]);
  });

  it('W1 says nothing about a file that was written again with the same content, or only touched', async () => {
    await start({ 'a.py': 'same', 'b.py': 'b' });
    writeFileSync(tree.path('a.py'), 'same');
    utimesSync(tree.path('a.py'), 1, 1);
    writeFileSync(tree.path('b.py'), 'changed');
    await tree.until('the other one', () => tree.said('b.py').length === 1);
    await tree.watcher.rescan();
    expect(tree.said('a.py')).toEqual([]);
  });

  it('F11 holds a truncated file for a moment, then believes that it is empty', async () => {
    // By this clock the file was truncated just now, however late that is looked at.
    await start({ 'a.py': 'content' }, { clock: { ...systemClock, now: () => 0 } });
    truncateSync(tree.path('a.py'));
    await setImmediate();
    await setImmediate();
    expect(tree.get('a.py')).toMatchObject({ size: 7 });
    await tree.until('empty', () => tree.said('a.py').length === 1);
    expect(tree.get('a.py')).toMatchObject({ size: 0 });
  });

  it('F10 P5 tells of an exec bit, but not of other mode bits', async () => {
    await start({ 'a.sh': 'echo', 'b.sh': 'echo' });
    chmodSync(tree.path('b.sh'), 0o600);
    chmodSync(tree.path('a.sh'), 0o755);
    await tree.until('a.sh', () => tree.said('a.sh').length === 1);
    expect(tree.get('a.sh')).toMatchObject({ exec: true, mode: 0o755 });
    expect(tree.said('b.sh')).toEqual([]);
    expect(tree.get('b.sh')).toMatchObject({ exec: false, mode: 0o600 });
  });

  it('A21 F12 P2 sees a same-size edit whose mtime was set back to what it was', async () => {
    await start({ 'a.py': 'a + b' });
    utimesSync(tree.path('a.py'), 1000, 1000);
    await tree.watcher.rescan();
    writeFileSync(tree.path('a.py'), 'a * b');
    utimesSync(tree.path('a.py'), 1000, 1000);
    await tree.until('modified', () => tree.said('a.py').length === 1);
    await tree.converged();
  });

  it('P2 sees each of many same-size saves, however fast', async () => {
    await start({ 'a.py': '0000' });
    for (let save = 1; save <= 200; save++) {
      writeFileSync(tree.path('a.py'), String(save).padStart(4, '0'));
      if (save % 3 === 0) await setImmediate();
    }
    await tree.converged();
    expect((await tree.watcher.read('a.py' as RelPath)) satisfies object).toMatchObject({
      type: 'file',
      content: Buffer.from('0200'),
    });
  });

  it('F7 A file becomes a directory and a directory a file', async () => {
    await start({ a: 'file', 'd/x': '1', 'd/e/y': '2', z: '' });
    unlinkSync(tree.path('a'));
    writeFiles(tree.root, { 'a/b/c': 'new' });
    rmSync(tree.path('d'), { recursive: true });
    writeFileSync(tree.path('d'), 'now a file');
    await tree.converged();
    expect(tree.said('a')).toEqual(['modified dir']);
    expect(tree.said('d')).toEqual(['modified file']);
    expect(tree.said('d/e/y')).toEqual(['deleted file']);
  });

  it('F8 P4 sends links as links, broken, absolute, escaping and cyclic ones, and tells of a new target', async () => {
    await start({ 'a.py': 'x', 'd/f': 'y' });
    for (const [name, target] of Object.entries({
      file: 'a.py',
      dir: 'd',
      broken: 'nowhere',
      absolute: '/etc/hostname',
      escaping: '../../..',
      'd/cyclic': '.',
    })) {
      symlinkSync(target, tree.path(name));
    }
    await tree.converged();
    expect(tree.get('escaping')).toMatchObject({ type: 'link', target: '../../..' });
    expect(tree.get('dir/f')).toBeUndefined();
    symlinkSync('d/f', tree.path('file.new'));
    renameSync(tree.path('file.new'), tree.path('file'));
    await tree.until('retargeted', () => tree.said('file').length === 2);
    expect(tree.get('file')).toMatchObject({ target: 'd/f' });
  });

  it('sees an edit under every name of a file that has several', async () => {
    await start({ 'a.py': 'x', 'd/b.py': 'y' });
    linkSync(tree.path('a.py'), tree.path('d/c.py'));
    await tree.until('linked', () => tree.said('d/c.py').length === 1);
    writeFileSync(tree.path('d/c.py'), 'written under the new name');
    await tree.until('the other name', () => tree.said('a.py').length === 1);
    await tree.converged();
  });

  it.each<readonly [string, (name: string) => void]>([
    ['is deleted', (name) => unlinkSync(name)],
    ['is replaced', (name) => renameSync(tree.path('new'), name)],
    ['is renamed', (name) => renameSync(name, tree.path('later'))],
  ])('sees what was written by one name of a file when that name %s at once', async (_what, lose) => {
    await start({ 'a.py': 'x', 'd/b.py': 'y', new: 'z' });
    for (const name of ['d/c.py', 'd/e.py']) linkSync(tree.path('a.py'), tree.path(name));
    await tree.converged();
    writeFileSync(tree.path('d/c.py'), 'written by this name');
    lose(tree.path('d/c.py'));
    await tree.until('the other names', () =>
      ['a.py', 'd/e.py'].every((name) => tree.said(name).includes('modified file')),
    );
    await tree.converged();
  });

  it('F14 leaves out sockets and fifos, says so, and goes on', async () => {
    await start({ 'a.py': 'x' });
    execFileSync('mkfifo', [tree.path('pipe')]);
    writeFileSync(tree.path('b.py'), 'y');
    await tree.until('b.py', () => tree.said('b.py').length === 1);
    await tree.until('the fifo', () => tree.problems().includes('special-file pipe'));
    expect(tree.get('pipe')).toBeUndefined();
    unlinkSync(tree.path('pipe'));
    await tree.until('resolved', () => tree.problems().includes('special-file pipe resolved'));
  });

  it('F19 A23 keeps every name as it is: spaces, dashes, newlines, both forms of é, and no UTF-8 at all', async () => {
    const names = [
      'a b',
      '-rf',
      'line\nbreak',
      'caf\u00e9',
      'cafe\u0301',
      '\u{1F600}',
      'Foo',
      'foo',
      '\uFFFD',
    ];
    await start();
    for (const name of names) writeFileSync(tree.path(name), name);
    const odd = Buffer.concat([Buffer.from(`${tree.root}/latin-`), Buffer.of(0xe9, 0xff)]);
    writeFileSync(odd, 'bytes');
    await tree.converged();
    expect(tree.get('latin-\uDCE9\uDCFF')).toMatchObject({ type: 'file', size: 5 });
    writeFileSync(odd, 'other bytes');
    await tree.converged();
    unlinkSync(odd);
    await tree.until('deleted', () => tree.said('latin-\uDCE9\uDCFF').includes('deleted file'));
    for (const name of names) expect(tree.get(name)).toMatchObject({ size: Buffer.byteLength(name) });
  });

  it('F13 A40 reports a growing large file once it rests, with the digest of all of it', async () => {
    await start({ 'a.py': 'x' });
    for (let part = 0; part < 12; part++) {
      appendFileSync(tree.path('large.bin'), Buffer.alloc(1024 * 1024, part));
      await delay(1);
    }
    await tree.converged();
    expect(tree.get('large.bin')).toMatchObject({ size: 12 * 1024 * 1024 });
    const read = await tree.watcher.read('large.bin' as RelPath);
    expect(read.type).toBe('file');
    if (read.type !== 'file' || typeof read.content !== 'function') throw new Error('expected a stream');
    let bytes = 0;
    for await (const chunk of read.content()) bytes += chunk.length;
    expect(bytes).toBe(12 * 1024 * 1024);
  });
});

describe('what happens to directories', () => {
  it('F2 A18 finds everything in nested directories that were made in one go', async () => {
    await start();
    for (let index = 0; index < 100; index++) {
      writeFiles(tree.root, { [`n${index}/a/b/c/file`]: `${index}`, [`n${index}/a/other`]: 'x' });
      if (index % 7 === 0) await setImmediate();
    }
    await tree.converged();
    writeFileSync(tree.path('n99/a/b/c/file'), 'later');
    await tree.until('a later edit', () => tree.said('n99/a/b/c/file').includes('modified file'));
  });

  it('F3 tells of every path in a deleted directory, children first', async () => {
    await start({ 'd/x': '1', 'd/e/y': '2', 'keep/z': '3', 'keep/zz': '4' });
    rmSync(tree.path('d'), { recursive: true });
    await tree.until('d', () => tree.said('d').length === 1);
    const order = tree.changes.map(({ path }) => path as string);
    expect(order.indexOf('d/e/y')).toBeLessThan(order.indexOf('d/e'));
    expect(order.indexOf('d/e')).toBeLessThan(order.indexOf('d'));
    expect(new Set(order)).toEqual(new Set(['d/x', 'd/e/y', 'd/e', 'd']));
  });

  it('F4 sees nothing but the difference when a directory is removed and made again at once', async () => {
    await start({ 'd/x': '1', 'd/y': '2' });
    rmSync(tree.path('d'), { recursive: true });
    writeFiles(tree.root, { 'd/x': '1', 'd/y': 'changed' });
    await tree.until('y', () => tree.said('d/y').length === 1);
    await tree.converged();
    expect(tree.changes.map(({ path, kind }) => `${kind} ${path}`)).toEqual(['modified d/y']);
    writeFileSync(tree.path('d/x'), 'seen in the new directory, too');
    await tree.until('x', () => tree.said('d/x').length === 1);
  });

  it('F5 follows renames inside the root, out of it, into it, and to and from ignored names', async () => {
    await start(
      { 'a/x': '1', 'b/y': '2', 'out/z': '3', 'old.log': '4', keep: '' },
      { scopes: [{ from: '.', ignore: ['*.log', '/ignored'] }] },
    );
    const outside = `${tree.root}-outside`;
    writeFiles(outside, { 'in/deep/file': 'came' });
    renameSync(tree.path('a'), tree.path('c'));
    renameSync(tree.path('out'), `${outside}/out`);
    renameSync(`${outside}/in`, tree.path('in'));
    renameSync(tree.path('b'), tree.path('ignored'));
    renameSync(tree.path('old.log'), tree.path('new.txt'));
    await tree.converged((path) => path.endsWith('.log') || path === 'ignored');
    expect(tree.said('new.txt')).toEqual(['created file']);
    writeFileSync(tree.path('c/x'), 'edited under the new name');
    writeFileSync(tree.path('in/deep/file'), 'edited here');
    await tree.converged((path) => path === 'ignored');
    rmSync(outside, { recursive: true });
  });

  it('F5 tells where the files of a renamed directory are now, in one event, also of one inside it', async () => {
    await start({ 'a/x': '1', 'a/in/y': '2', 'a/in/deep/z': '3', keep: '' });
    renameSync(tree.path('a'), tree.path('b'));
    await tree.until('the new name', () => tree.said('b/in/deep/z').length === 1);
    await tree.converged();
    const [event] = tree.events.filter(({ type }) => type === 'changes');
    if (event?.type !== 'changes') throw new Error('nothing was told');
    const moved = event.changes.flatMap(({ path, kind, movedTo }) =>
      kind === 'deleted' ? [`${path} to ${movedTo}`] : [],
    );
    expect(moved.sort()).toEqual([
      'a to b',
      'a/in to b/in',
      'a/in/deep to b/in/deep',
      'a/in/deep/z to b/in/deep/z',
      'a/in/y to b/in/y',
      'a/x to b/x',
    ]);
    expect(event.changes.filter(({ kind }) => kind === 'created')).toHaveLength(6);
    renameSync(tree.path('b/in'), tree.path('b/out'));
    writeFileSync(tree.path('b/out/y'), 'edited at once');
    await tree.until('the edit', () => tree.get('b/out/y')?.type === 'file');
    writeFileSync(tree.path('b/out/deep/z'), 'and later');
    await tree.converged();
  });

  it('F5 reads a renamed directory anew where other rules count for its new name', async () => {
    await start({ 'a/x.log': '1', 'a/y': '2', keep: '' }, { scopes: [{ from: '.', ignore: ['/b/*.log'] }] });
    renameSync(tree.path('a'), tree.path('b'));
    await tree.converged((path) => path === 'b/x.log');
    expect(tree.get('b/x.log')).toBeUndefined();
    expect(tree.get('b/y')).toBeDefined();
  });

  it('F6 A22 keeps both names of a case-only rename apart', async () => {
    await start({ 'Foo.ts': 'x', bar: '' });
    renameSync(tree.path('Foo.ts'), tree.path('foo.ts'));
    await tree.until('both', () => tree.said('Foo.ts').length === 1);
    expect([tree.said('foo.ts'), tree.said('Foo.ts')]).toEqual([['created file'], ['deleted file']]);
  });

  it('P5 tells of empty directories that come and go', async () => {
    await start({ a: '' });
    mkdirSync(tree.path('empty'));
    await tree.until('created', () => tree.said('empty').length === 1);
    rmSync(tree.path('empty'), { recursive: true });
    await tree.until('deleted', () => tree.said('empty').length === 2);
    expect(tree.said('empty')).toEqual(['created dir', 'deleted dir']);
  });

  it('P3 arrives at the truth when a file becomes a directory among deletions and edits', async () => {
    const files = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`f${index}`, `${index}`]));
    await start({ ...files, pkg: 'a file' });
    for (let index = 0; index < 7; index++) unlinkSync(tree.path(`f${index}`));
    unlinkSync(tree.path('pkg'));
    writeFiles(tree.root, { 'pkg/mod.py': 'x', f7: 'edited', f8: 'edited', f9: 'edited' });
    await tree.converged();
  });
});

describe('what a burst becomes', () => {
  it('W10 F20 converges on 10 000 files written at once, in few events', async () => {
    await start({}, { root: temporaryDirectory('memory') });
    for (let index = 0; index < 10_000; index++) {
      writeFiles(tree.root, { [`d${index % 50}/f${index}`]: `${index}` });
    }
    await tree.converged();
    expect(tree.events.filter(({ type }) => type === 'changes').length).toBeLessThan(500);
  });

  it('reports the files of one save together, parents before children', async () => {
    await start();
    writeFiles(tree.root, { 'p/q/a': '1', 'p/q/b': '2', 'p/c': '3' });
    await tree.converged();
    const [first] = tree.events;
    expect(first).toMatchObject({ type: 'changes' });
    expect(tree.changes.map(({ path }) => path)).toHaveLength(5);
    const order = tree.changes.map(({ path }) => path as string);
    expect(order.indexOf('p')).toBe(0);
    expect(order.indexOf('p/q')).toBeLessThan(order.indexOf('p/q/a'));
  });

  it('W11 A27 never misses the last of saves that come every few ms', async () => {
    await start({ 'a.py': '' });
    for (let save = 0; save < 300; save++) {
      writeFileSync(tree.path('a.py'), `save ${save}`);
      await delay(1);
    }
    await tree.converged();
    expect(await tree.watcher.read('a.py' as RelPath)).toMatchObject({ content: Buffer.from('save 299') });
  });
});
