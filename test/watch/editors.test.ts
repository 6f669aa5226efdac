import { appendFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { editorSaves, type Pause } from './editor-saves.ts';
import { StandingClock } from './standing-clock.ts';
import { WatchedTree } from './watched-tree.ts';

let tree: WatchedTree;
afterEach(() => tree.stop());

const pauses: Readonly<Record<string, Pause>> = {
  'without a pause': () => Promise.resolve(),
  'with the loop turning between the calls': () => setImmediate(),
  'with 5 ms between the calls': () => delay(5),
};

describe.each(Object.entries(editorSaves))('W6 a save by %s', (_editor, save) => {
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
  // A turn that takes long ends an event early, which is then not called complete.
  const clock = new StandingClock();
  const events = () => tree.events.filter((event) => event.type === 'changes');

  it('says so when the file was put in place by a rename', async () => {
    tree = await WatchedTree.start({ 'a.py': 'old', b: '' }, { clock });
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
    tree = await WatchedTree.start({ 'a.py': 'x', 'b.py': 'y' }, { clock });
    writeFileSync(tree.path('b.py'), 'in place');
    writeFileSync(tree.path('a.py.tmp.1'), 'renamed');
    renameSync(tree.path('a.py.tmp.1'), tree.path('a.py'));
    await tree.until('both', () => tree.changes.length === 2);
    expect(events()).toHaveLength(1);
    expect(events()[0]).toMatchObject({ atomic: false });
  });
});
