import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Step } from '../files/step.ts';
import { Journal } from './journal.ts';

let dir = '';
const journals: Journal[] = [];
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'kdev-journal-'));
});
afterEach(() => {
  for (const journal of journals.splice(0)) journal.close();
  rmSync(dir, { recursive: true, force: true });
});

function open(settings: { readonly garbageBytes?: number } = {}): Journal {
  const journal = new Journal({ dir, container: 'app', log: () => undefined, ...settings });
  journals.push(journal);
  return journal;
}

const file = (name: string, size: number): Step => ({
  op: 'file',
  path: name,
  size,
  exec: false,
  digest: 'd',
  mode: 0o644,
});
const version = (seq: number) => ({ term: 1, seq });

/** Everything a journal would replay: path → content, or what else is to be there. */
function stateOf(journal: Journal): Record<string, string> {
  return Object.fromEntries(
    [...journal.index.entries()].map((entry) => [
      entry.step.path,
      entry.step.op === 'file'
        ? Buffer.concat([...journal.contentOf(entry)]).toString('latin1')
        : entry.step.op,
    ]),
  );
}

function put(
  journal: Journal,
  seq: number,
  files: Readonly<Record<string, Buffer>>,
  removed: readonly string[] = [],
): number {
  const steps = [
    ...Object.entries(files).map(([name, content]) => file(name, content.length)),
    ...removed.map((name): Step => ({ op: 'remove', path: name })),
  ];
  return journal.append(version(seq), steps, (name) => [files[name] ?? Buffer.alloc(0)], 'image');
}

test('what was appended is there when the journal is opened again', () => {
  const journal = open();
  expect([journal.fingerprint, journal.filled]).toEqual([undefined, false]);
  const large = Buffer.alloc(3 * 1024 * 1024 + 5, 'x');
  put(journal, 1, { '/a': Buffer.from('a'), '/large': large, '/empty': Buffer.alloc(0) });
  put(journal, 2, { '/a': Buffer.from('A') }, ['/b']);
  journal.addMappings([{ path: '/app', kind: 'dir' }]);
  journal.fill('image');
  const again = open();
  expect(stateOf(again)).toEqual({
    '/a': 'A',
    '/large': large.toString('latin1'),
    '/empty': '',
    '/b': 'remove',
  });
  expect([again.fingerprint, again.filled, again.newest]).toEqual(['image', true, version(2)]);
  expect(again.mappings).toEqual([{ path: '/app', kind: 'dir' }]);
  put(again, 3, { '/c': Buffer.from('c') });
  expect(stateOf(open())).toMatchObject({ '/c': 'c' });
});

test('content that comes in pieces of any size is found again', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_500_000 }), { maxLength: 5 }), (sizes) => {
      rmSync(path.join(dir, 'journal'), { force: true });
      const journal = open();
      const pieces = sizes.map((size, index) => Buffer.alloc(size, index + 1));
      const whole = Buffer.concat(pieces);
      journal.append(version(1), [file('/f', whole.length)], () => pieces, 'image');
      const [entry] = [...open().index.entries()];
      expect(entry && Buffer.concat([...journal.contentOf(entry)]).equals(whole)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('cut at any byte, a journal holds exactly the batches that were whole, and can be continued', () => {
  const journal = open();
  const ends = [0];
  for (let seq = 1; seq <= 4; seq++) {
    put(journal, seq, { [`/f${seq}`]: Buffer.alloc(40, `${seq}`), '/same': Buffer.from(`${seq}`) });
    ends.push(journal.bytes);
  }
  const name = path.join(dir, 'journal');
  const whole = readFileSync(name);
  for (let size = whole.length; size >= 0; size -= 3) {
    writeFileSync(name, whole.subarray(0, size));
    const cut = open();
    const complete = ends.filter((end) => end > 0 && end <= size).length;
    expect(cut.newest.seq).toBe(complete);
    expect(cut.index.size).toBe(complete === 0 ? 0 : complete + 1);
    put(cut, 9, { '/after': Buffer.from('after') });
    expect(stateOf(open())).toMatchObject({ '/after': 'after' });
    for (const opened of journals.splice(0)) opened.close();
  }
}, 120_000);

test('a flipped byte ends the journal there, and never brings wrong content back', () => {
  put(open(), 1, { '/a': Buffer.from('aaaa') });
  put(open(), 2, { '/b': Buffer.from('bbbb') });
  const name = path.join(dir, 'journal');
  const whole = readFileSync(name);
  for (let at = 0; at < whole.length; at++) {
    const broken = Buffer.from(whole);
    broken[at] = (broken[at] ?? 0) ^ 0x40;
    writeFileSync(name, broken);
    const state = stateOf(open());
    for (const [key, content] of Object.entries(state)) expect(content).toBe(key === '/a' ? 'aaaa' : 'bbbb');
    for (const opened of journals.splice(0)) opened.close();
    rmSync(`${name}.broken`, { force: true });
  }
});

test('a path that could not be applied stays what it was', () => {
  const journal = open();
  put(journal, 1, { '/a': Buffer.from('old') });
  const second = put(journal, 2, {
    '/a': Buffer.from('new'),
    '/b': Buffer.from('b'),
    '/c': Buffer.from('c'),
  });
  journal.fail(second, ['/a', '/b']);
  for (const each of [journal, open()]) expect(stateOf(each)).toEqual({ '/a': 'old', '/c': 'c' });
});

test('the batches of a fill share a version, and what failed late of one is taken back in that one', () => {
  const journal = open();
  put(journal, 1, { '/a': Buffer.from('old'), '/b': Buffer.from('old') });
  const first = put(journal, 2, { '/a': Buffer.from('new'), '/x': Buffer.from('x') });
  const second = put(journal, 2, { '/b': Buffer.from('new'), '/y': Buffer.from('y') });
  journal.fail(first, ['/a', '/x']);
  journal.fail(second, ['/y']);
  for (const each of [journal, open()]) expect(stateOf(each)).toEqual({ '/a': 'old', '/b': 'new' });
});

test('zeros that are kept apart take no room, also after the file was written anew, and read as zeros', async () => {
  const journal = open({ garbageBytes: 0 });
  const size = 9 * 1024 * 1024;
  const content = Buffer.alloc(size);
  content.write('in the middle', 4_500_000);
  const pieces = await journal.keep([content], 'image');
  journal.append(
    version(1),
    [file('/sparse', size)],
    () => [],
    'image',
    [],
    () => pieces,
  );
  expect(statSync(path.join(dir, 'journal')).size).toBeLessThan(1_100_000);
  expect(pieces).toHaveLength(3);
  const read = (each: Journal): boolean =>
    [...each.index.entries()].every((entry) => Buffer.concat([...each.contentOf(entry)]).equals(content));
  expect([read(journal), read(open())]).toEqual([true, true]);
  for (let seq = 2; seq < 5; seq++) {
    put(journal, seq, { '/other': Buffer.alloc(900_000, 'x') });
    put(journal, seq, {}, ['/other']);
  }
  expect(journal.compactIfWorth()).toBe(true);
  const again = open();
  expect(statSync(path.join(dir, 'journal')).size).toBeLessThan(1_100_000);
  for (const each of [journal, again]) {
    const entry = each.index.get('/sparse');
    expect(entry && Buffer.concat([...each.contentOf(entry)]).equals(content)).toBe(true);
  }
});

test('a batch whose content cannot be read leaves the journal as it was', () => {
  const journal = open();
  put(journal, 1, { '/a': Buffer.from('a') });
  const before = statSync(path.join(dir, 'journal')).size;
  const fails = function* (): Generator<Buffer> {
    yield Buffer.alloc(900_000);
    throw new Error('gone');
  };
  expect(() => journal.append(version(2), [file('/b', 2_000_000)], fails, 'image')).toThrow('gone');
  expect(statSync(path.join(dir, 'journal')).size).toBe(before);
  put(journal, 3, { '/c': Buffer.from('c') });
  expect(stateOf(open())).toEqual({ '/a': 'a', '/c': 'c' });
});

test('compacting keeps what lives, its head, mappings and the word of the session', () => {
  const journal = open({ garbageBytes: 1000 });
  journal.addMappings([{ path: '/app', kind: 'dir' }]);
  expect(journal.compactIfWorth()).toBe(false);
  for (let seq = 1; seq <= 50; seq++)
    put(journal, seq, { '/a': Buffer.alloc(500, `${seq % 10}`) }, [`/gone${seq % 3}`]);
  journal.fill('image');
  const state = stateOf(journal);
  const before = journal.bytes;
  expect(journal.compactIfWorth()).toBe(true);
  expect(journal.bytes).toBeLessThan(before / 5);
  expect(stateOf(journal)).toEqual(state);
  put(journal, 51, { '/b': Buffer.from('b') });
  const again = open();
  expect(stateOf(again)).toEqual({ ...state, '/b': 'b' });
  expect([again.fingerprint, again.filled, again.newest.seq]).toEqual(['image', true, 51]);
  expect(again.mappings).toEqual([{ path: '/app', kind: 'dir' }]);
});

test('a compaction that never ended is not taken for the journal', () => {
  put(open(), 1, { '/a': Buffer.from('a') });
  writeFileSync(path.join(dir, 'journal.next'), 'half');
  expect(stateOf(open())).toEqual({ '/a': 'a' });
});

test('a journal without a sound head is set aside, and a new one begins', () => {
  put(open(), 1, { '/a': Buffer.from('a') });
  truncateSync(path.join(dir, 'journal'), 5);
  const journal = open();
  expect(journal.fingerprint).toBeUndefined();
  put(journal, 2, { '/b': Buffer.from('b') });
  expect(stateOf(open())).toEqual({ '/b': 'b' });
});

test('what was adopted is remembered through a new start and a compaction, until a step decides anew', () => {
  const entry = { type: 'file', size: 1, exec: false, digest: 'd' } as const;
  const paths = (journal: Journal) => [...journal.index.adopted()].map(({ path }) => path);
  const names = Array.from({ length: 100 }, (_, index) => `/adopted/${index}`);
  const first = open({ garbageBytes: 1_000 });
  first.adopt(
    names.map((path) => ({ path, entry, version: version(1) })),
    'image',
  );
  put(first, 2, {}, [names[0] ?? '']);
  expect(paths(open())).toEqual(names.slice(1));
  for (let seq = 3; seq < 30; seq++) put(first, seq, { a: Buffer.alloc(5_000, `${seq}`) });
  expect(first.compactIfWorth()).toBe(true);
  expect(paths(first)).toEqual(names.slice(1));
  expect(paths(open())).toEqual(names.slice(1));
  expect(stateOf(open())).toMatchObject({ [names[0] ?? '']: 'remove' });
});
