import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { RelPath } from '../../src/core/change.ts';
import { createWatcher } from '../../src/watch/create-watcher.ts';
import { temporaryDirectory, WatchedTree, writeFiles } from './watched-tree.ts';

let tree: WatchedTree | undefined;
afterEach(async () => {
  await tree?.stop();
  tree = undefined;
});

describe('starting and stopping', () => {
  it('A09 has everything that changed while it was stopped, without an event', async () => {
    const root = temporaryDirectory();
    const options = { root, digestCacheFile: `${root}-cache/digests` };
    const first = await WatchedTree.start({ 'a.py': '1', 'b.py': '2', 'd/c.py': '3' }, options);
    await first.watcher.stop();
    writeFileSync(`${root}/a.py`, 'x');
    unlinkSync(`${root}/b.py`);
    writeFiles(root, { 'new/e.py': '4' });
    tree = await WatchedTree.start({}, options);
    await tree.converged();
    expect(tree.events).toEqual([]);
    rmSync(`${root}-cache`, { recursive: true });
  });

  it('A18 misses nothing that is written while it starts', async () => {
    const root = temporaryDirectory('memory');
    writeFiles(
      root,
      Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`d${n % 30}/f${n}`, `${n}`])),
    );
    const watcher = createWatcher({ root, scopes: [{ from: '.', ignore: [] }] });
    const started = watcher.start();
    for (let n = 0; n < 3000; n += 10) {
      writeFiles(root, { [`d${n % 30}/f${n}`]: `edited ${n}`, [`new${n % 4}/sub/f${n}`]: 'new' });
      await delay(0);
    }
    await started;
    await watcher.stop();
    tree = await WatchedTree.start({}, { root });
    const again = createWatcher({ root, scopes: [{ from: '.', ignore: [] }] });
    await again.start();
    await tree.converged();
    await again.stop();
  });

  it('says nothing after it was stopped, and ends although changes are under way', async () => {
    tree = await WatchedTree.start({ 'a.py': '1' });
    writeFileSync(tree.path('a.py'), '');
    unlinkSync(tree.path('a.py'));
    const rescan = tree.watcher.rescan();
    await tree.watcher.stop();
    await rescan;
    const heard = tree.events.length;
    writeFileSync(tree.path('b.py'), '2');
    await delay(60);
    expect(tree.events).toHaveLength(heard);
  });

  it('gives up a start when its signal says so', async () => {
    const root = temporaryDirectory();
    const watcher = createWatcher({ root, scopes: [{ from: '.', ignore: [] }] });
    await expect(watcher.start(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await watcher.stop();
    rmSync(root, { recursive: true });
  });

  it('tells a late listener what is wrong already', async () => {
    tree = await WatchedTree.start({ 'a.py': '1' });
    const link = `${tree.root}/app.sock`;
    const { createServer } = await import('node:net');
    const server = createServer().listen(link);
    await tree.until('the socket', () => tree?.problems().includes('special-file app.sock') === true);
    const heard: unknown[] = [];
    tree.watcher.listen((event) => heard.push(event));
    await delay(0);
    await tree.until('told', () => heard.length === 1);
    server.close();
  });
});

describe('reading a file for a batch', () => {
  it('A40 says that a path is gone or replaced, and a change follows', async () => {
    tree = await WatchedTree.start({ 'a.py': '1', 'b.py': '2', 'c.py': '3' });
    unlinkSync(tree.path('a.py'));
    unlinkSync(tree.path('b.py'));
    mkdirSync(tree.path('b.py'));
    expect(await tree.watcher.read('a.py' as RelPath)).toEqual({ type: 'gone' });
    expect(await tree.watcher.read('b.py' as RelPath)).toEqual({ type: 'gone' });
    const { said } = { said: (path: string) => tree?.said(path) };
    await tree.until('both', () => said('a.py')?.length === 1 && said('b.py')?.length === 1);
  });

  it('gives content and entry that belong together, and has the tree follow', async () => {
    tree = await WatchedTree.start({ 'a.py': 'old' });
    writeFileSync(tree.path('a.py'), 'newer than the tree');
    const reading = await tree.watcher.read('a.py' as RelPath);
    expect(reading).toMatchObject({
      type: 'file',
      entry: { size: 19 },
      content: Buffer.from('newer than the tree'),
    });
    await tree.until('the tree', () => tree?.said('a.py').length === 1);
  });
});

describe('with chokidar, the default where a directory does not hint at its files', () => {
  it('converges on the same truth', async () => {
    tree = await WatchedTree.start(
      { 'a.py': '1', 'd/b.py': '2', 'd/e/c.py': '3', 'ignored/x': '4' },
      { hints: 'chokidar', scopes: [{ from: '.', ignore: ['ignored'] }] },
    );
    const ignored = (path: string) => path === 'ignored';
    writeFileSync(tree.path('a.py'), 'edited');
    chmodSync(tree.path('d/b.py'), 0o755);
    writeFiles(tree.root, { 'n/e/w/file': 'new', 'ignored/y': '5' });
    symlinkSync('a.py', tree.path('link'));
    await tree.converged(ignored);
    for (let save = 0; save < 40; save++) {
      appendFileSync(tree.path('n/e/w/file'), `${save}`);
      await delay(1);
    }
    await tree.converged(ignored);
    renameSync(tree.path('d'), tree.path('moved'));
    unlinkSync(tree.path('a.py'));
    await tree.converged(ignored);
    writeFileSync(tree.path('moved/e/c.py'), 'edited under the new name');
    await tree.converged(ignored);
    expect(tree.problems()).toEqual([]);
    expect(tree.changes.some(({ path }) => path.startsWith('ignored'))).toBe(false);
  });
});
