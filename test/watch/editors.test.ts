import {
  appendFileSync,
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { WatchedTree } from './watched-tree.ts';

let tree: WatchedTree;
afterEach(() => tree.stop());

type Pause = () => Promise<unknown>;
type Save = (path: string, content: string, pause: Pause) => Promise<void>;

/** The system calls that editors make for one save, in their order. */
const editors: Readonly<Record<string, Save>> = {
  'vim (backup by renaming, swap file, probe 4913)': async (path, content, pause) => {
    const dir = path.slice(0, path.lastIndexOf('/'));
    const name = path.slice(path.lastIndexOf('/') + 1);
    writeFileSync(`${dir}/.${name}.swp`, 'swap');
    writeFileSync(`${dir}/4913`, '');
    chmodSync(`${dir}/4913`, 0o644);
    unlinkSync(`${dir}/4913`);
    await pause();
    renameSync(path, `${path}~`);
    await pause();
    const file = openSync(path, 'wx', 0o644);
    await pause();
    writeSync(file, content);
    closeSync(file);
    chmodSync(path, 0o644);
    await pause();
    unlinkSync(`${path}~`);
    unlinkSync(`${dir}/.${name}.swp`);
  },
  'VS Code (truncate and write in place)': async (path, content, pause) => {
    const file = openSync(path, 'r+');
    ftruncateSync(file, 0);
    await pause();
    writeSync(file, content);
    closeSync(file);
  },
  'JetBrains (___jb_tmp___, ___jb_old___)': async (path, content, pause) => {
    writeFileSync(`${path}___jb_tmp___`, content);
    await pause();
    renameSync(path, `${path}___jb_old___`);
    await pause();
    renameSync(`${path}___jb_tmp___`, path);
    await pause();
    unlinkSync(`${path}___jb_old___`);
  },
  'emacs (lock link, auto-save, backup by renaming)': async (path, content, pause) => {
    const dir = path.slice(0, path.lastIndexOf('/'));
    const name = path.slice(path.lastIndexOf('/') + 1);
    symlinkSync('user@host.1234:1700000000', `${dir}/.#${name}`);
    writeFileSync(`${dir}/#${name}#`, 'auto-saved');
    await pause();
    renameSync(path, `${path}~`);
    await pause();
    writeFileSync(path, content);
    await pause();
    unlinkSync(`${dir}/#${name}#`);
    unlinkSync(`${dir}/.#${name}`);
  },
  'write x.tmp.<pid> and rename': async (path, content, pause) => {
    writeFileSync(`${path}.tmp.4711`, content);
    await pause();
    renameSync(`${path}.tmp.4711`, path);
  },
  'GNOME (.goutputstream, link to a backup)': async (path, content, pause) => {
    const dir = path.slice(0, path.lastIndexOf('/'));
    writeFileSync(`${dir}/.goutputstream-A1B2C3`, content);
    await pause();
    linkSync(path, `${path}~`);
    await pause();
    renameSync(`${dir}/.goutputstream-A1B2C3`, path);
  },
  'kate (swap file, write in pieces)': async (path, content, pause) => {
    const dir = path.slice(0, path.lastIndexOf('/'));
    const name = path.slice(path.lastIndexOf('/') + 1);
    writeFileSync(`${dir}/.${name}.kate-swp`, 'swap');
    const file = openSync(path, 'w');
    await pause();
    for (const part of [content.slice(0, 5), content.slice(5)]) {
      writeSync(file, part);
      await pause();
    }
    closeSync(file);
    unlinkSync(`${dir}/.${name}.kate-swp`);
  },
};

const pauses: Readonly<Record<string, Pause>> = {
  'without a pause': () => Promise.resolve(),
  'with the loop turning between the calls': () => setImmediate(),
  'with 5 ms between the calls': () => delay(5),
};

describe.each(Object.entries(editors))('W6 a save by %s', (_editor, save) => {
  it.each(Object.entries(pauses))(
    '%s changes that one file and is never a deletion',
    async (_name, pause) => {
      tree = await WatchedTree.start({ 'src/demo.py': 'first content', 'src/sibling.py': 'x' });
      await save(tree.path('src/demo.py'), 'second content, longer', pause);
      const backup = () =>
        tree.changes.map(({ path }) => path as string).filter((path) => path !== 'src/demo.py');
      await tree.converged((path) => path.endsWith('~'));
      expect(backup()).toEqual([]);
      expect(new Set(tree.said('src/demo.py'))).toEqual(new Set(['modified file']));
      writeFileSync(tree.path('src/demo.py'), 'third');
      await tree.until(
        'a later edit',
        () => tree.get('src/demo.py')?.type === 'file' && sizeOf('src/demo.py') === 5,
      );
    },
  );
});

function sizeOf(path: string): number | undefined {
  const entry = tree.get(path);
  return entry?.type === 'file' ? entry.size : undefined;
}

describe('whether a save is known to be complete', () => {
  const events = () => tree.events.filter((event) => event.type === 'changes');

  it('says so when the file was put in place by a rename', async () => {
    tree = await WatchedTree.start({ 'a.py': 'old', b: '' });
    for (const content of ['one', 'two', 'three']) {
      const before = events().length;
      writeFileSync(tree.path('a.py.tmp.1'), content);
      renameSync(tree.path('a.py.tmp.1'), tree.path('a.py'));
      await tree.until(content, () => events().length > before);
    }
    expect(events().map(({ atomic }) => atomic)).toEqual([true, true, true]);
  });

  it('does not say so of a file that was written in place, created and written, or appended to', async () => {
    tree = await WatchedTree.start({ 'a.py': 'old', 'b.py': '' });
    writeFileSync(tree.path('a.py'), 'in place');
    await tree.until('in place', () => events().length === 1);
    writeFileSync(tree.path('c.py'), 'created');
    await tree.until('created', () => events().length === 2);
    appendFileSync(tree.path('c.py'), 'more');
    await tree.until('appended', () => events().length === 3);
    unlinkSync(tree.path('c.py'));
    writeFileSync(tree.path('c.py'), 'replaced');
    await tree.until('replaced', () => events().length === 4);
    expect(events().map(({ atomic }) => atomic)).toEqual([false, false, false, false]);
  });

  it('does not say so of a rename within the tree, whose other half is still to come', async () => {
    tree = await WatchedTree.start({ 'a.py': 'x', 'b.py': '' });
    renameSync(tree.path('a.py'), tree.path('c.py'));
    await tree.until('both halves', () => tree.said('a.py').length === 1);
    expect(events().some(({ atomic }) => atomic)).toBe(false);
  });

  it('does not say so when a part of the burst was written in place', async () => {
    tree = await WatchedTree.start({ 'a.py': 'x', 'b.py': 'y' });
    writeFileSync(tree.path('b.py'), 'in place');
    writeFileSync(tree.path('a.py.tmp.1'), 'renamed');
    renameSync(tree.path('a.py.tmp.1'), tree.path('a.py'));
    await tree.until('both', () => tree.changes.length === 2);
    expect(events()).toHaveLength(1);
    expect(events()[0]).toMatchObject({ atomic: false });
  });
});
