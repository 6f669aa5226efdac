import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TreeDigest } from '../../src/tree/tree-digest.ts';
import { ManagedPaths } from './managed-paths.ts';

const version = (seq: number, term = 1) => ({ term, seq });
const file = (text: string) => ({ type: 'file', size: text.length, exec: false, digest: text }) as const;
const directory = { type: 'dir' } as const;

test('the digest is that of the paths that are there, whatever came before', () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
    .map((names) => `/${names.join('/')}`);
  const act = fc.tuple(name, fc.constantFrom('put', 'delete', 'forget'), fc.string({ maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const managed = new ManagedPaths();
      const model = new Map<string, string>();
      for (const [seq, [path, what, text]] of acts.entries()) {
        if (what === 'put') {
          managed.put(path, { entry: file(text), version: version(seq) });
          model.set(path, text);
        } else {
          if (what === 'delete') managed.delete(path, version(seq));
          else managed.forget(path);
          model.delete(path);
        }
      }
      const digest = new TreeDigest();
      for (const [path, text] of model) digest.add(path, file(text));
      expect(managed.digest).toBe(digest.toString());
      for (const root of ['/a', '/b', '/a/b']) {
        const below = [...model.keys()].filter((path) => path.startsWith(`${root}/`));
        expect(
          managed
            .below(root)
            .filter((path) => model.has(path))
            .sort(),
        ).toEqual(below.sort());
        expect(managed.below(root).length > 0).toBe(below.length > 0);
      }
    }),
  );
});

test('directories between managed paths are found below one that goes, though nobody sent them', () => {
  const managed = new ManagedPaths();
  managed.put('/app/a/b/c', { entry: file('x'), version: version(1) });
  expect(managed.below('/app').sort()).toEqual(['/app/a', '/app/a/b', '/app/a/b/c']);
});

test.each([
  ['an older seq', version(4), true],
  ['the same seq again', version(5), false],
  ['a newer seq', version(6), false],
  ['an older term with a higher seq', version(99, 0), true],
  ['a newer term with a lower seq', version(1, 2), false],
])('after seq 5 of term 1, %s is superseded: %s', (_, later, superseded) => {
  const managed = new ManagedPaths();
  managed.put('/app/put', { entry: file('x'), version: version(5) });
  managed.delete('/app/deleted', version(5));
  expect(managed.isSuperseded('/app/put', later)).toBe(superseded);
  expect(managed.isSuperseded('/app/deleted', later)).toBe(superseded);
  expect(managed.isSuperseded('/app/deleted/below', later)).toBe(superseded);
  expect(managed.isSuperseded('/app/put/below', later)).toBe(superseded);
  expect(managed.isSuperseded('/app/other', later)).toBe(false);
});

test('a newer directory does not supersede what comes into it', () => {
  const managed = new ManagedPaths();
  managed.put('/app/d', { entry: directory, version: version(9) });
  expect(managed.isSuperseded('/app/d/file', version(1))).toBe(false);
});

test('a tombstone remembers what was there', () => {
  const managed = new ManagedPaths();
  managed.put('/app/a', { entry: file('x'), version: version(1) });
  managed.delete('/app/a', version(2));
  managed.delete('/app/a', version(3));
  expect(managed.tombstone('/app/a')).toEqual({ version: version(3), entry: file('x') });
});
