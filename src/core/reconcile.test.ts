import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameEntry, type TreeEntry } from './entry.ts';
import type { Listed } from './ports/endpoint.ts';
import { outermost, reconcile } from './reconcile.ts';

const file = (digest: string, exec = false): TreeEntry => ({
  type: 'file',
  size: digest.length,
  exec,
  digest,
});
const dir: TreeEntry = { type: 'dir' };

const run = (
  local: Record<string, TreeEntry>,
  listed: readonly Listed[],
  options: { base?: readonly string[]; mirrored?: boolean } = {},
) =>
  reconcile({
    local: new Map(Object.entries(local)),
    listed,
    inBase: (path) => options.base?.includes(path) ?? false,
    isMirrored: () => options.mirrored ?? false,
  });

describe('reconcile', () => {
  it('sends what is missing and what differs, and adopts what is equal', () => {
    const result = run({ '/a': file('1'), '/b': file('2'), '/c': file('3') }, [
      { path: '/b', entry: file('old'), known: false },
      { path: '/c', entry: file('3'), known: false },
    ]);
    const none = { replaced: [], remove: [], stray: [], foreign: [] };
    expect(result).toEqual({ send: ['/a', '/b'], adopt: ['/c'], ...none });
  });

  it('tells a directory that takes the place of something else from one that is new (F7)', () => {
    const result = run({ '/new': { type: 'dir' }, '/was': { type: 'dir' }, '/is': { type: 'dir' } }, [
      { path: '/was', entry: file('1'), known: true },
      { path: '/is', entry: { type: 'dir' }, known: true },
    ]);
    expect(result).toMatchObject({ send: ['/new', '/was'], replaced: ['/was'] });
  });

  it('does nothing for what kdev put there and is equal', () => {
    expect(run({ '/a': file('1') }, [{ path: '/a', entry: file('1'), known: true }])).toEqual({
      send: [],
      replaced: [],
      adopt: [],
      remove: [],
      stray: [],
      foreign: [],
    });
  });

  it('sends a file whose exec bit alone differs (F10)', () => {
    expect(run({ '/a': file('1', true) }, [{ path: '/a', entry: file('1'), known: true }]).send).toEqual([
      '/a',
    ]);
  });

  it('removes what came from here and is gone here, and leaves what is foreign', () => {
    const result = run(
      {},
      [
        { path: '/known', entry: file('1'), known: true },
        { path: '/built', entry: file('2'), known: false },
        { path: '/foreign', entry: file('3'), known: false },
      ],
      { base: ['/built'] },
    );
    expect(result.remove).toEqual(['/known', '/built']);
    expect(result.foreign).toEqual(['/foreign']);
  });

  it('removes everything unknown below a mirrored mapping', () => {
    expect(run({}, [{ path: '/x', entry: dir, known: false }], { mirrored: true }).stray).toEqual(['/x']);
  });

  it('names only the outermost of what goes', () => {
    expect(outermost(['/a', '/a/b', '/a/b/c', '/ab', '/c/d'])).toEqual(['/a', '/ab', '/c/d']);
  });

  it('makes the container equal to the local tree, whatever both held, except for foreign files', () => {
    const path = fc.constantFrom('/a', '/b', '/c', '/d');
    const entry = fc.constantFrom<TreeEntry>(file('1'), file('2'), file('1', true), dir);
    const tree = fc.dictionary(path, entry);
    const there = fc.dictionary(path, fc.record({ entry, known: fc.boolean() }));
    fc.assert(
      fc.property(tree, there, fc.array(path), (local, container, base) => {
        const listed = Object.entries(container).map(([at, item]) => ({ path: at, ...item }));
        const result = run(local, listed, { base });
        const after = new Map(listed.map((item) => [item.path, item.entry]));
        for (const gone of [...result.remove, ...result.stray]) after.delete(gone);
        for (const sent of result.send) after.set(sent, local[sent] as TreeEntry);
        for (const left of result.foreign) after.delete(left);
        expect([...after.keys()].sort()).toEqual(Object.keys(local).sort());
        for (const [at, item] of after) expect(sameEntry(item, local[at] as TreeEntry)).toBe(true);
      }),
    );
  });
});
