import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import { encodeDataHeader } from '../../src/wire/frame.ts';
import { startPod } from './pod-fixture.ts';
import { dir, file, link, remove } from './session-client.ts';

const text = (hostPath: string): string => readFileSync(hostPath, 'utf8');
const modeOf = (hostPath: string): number => statSync(hostPath).mode & 0o777;
const names = (hostPath: string): string[] => readdirSync(hostPath).sort();

test('a file of a batch is in the container when the batch is acknowledged, and nothing else is', async () => {
  const { session, at } = await startPod();
  const ack = await session.apply(1, [file('/app/hello.py', 'print(1)\n')]);
  expect(ack.problems).toEqual([]);
  expect(text(at('/app/hello.py'))).toBe('print(1)\n');
  expect(names(at('/app'))).toEqual(['hello.py']);
});

test('empty files, empty directories and missing parents are made', async () => {
  const { session, at } = await startPod();
  await session.apply(1, [file('/app/empty', ''), dir('/app/nothing'), file('/app/a/b/c/deep', 'deep')]);
  expect(text(at('/app/empty'))).toBe('');
  expect(names(at('/app/nothing'))).toEqual([]);
  expect(text(at('/app/a/b/c/deep'))).toBe('deep');
});

test('content larger than any frame arrives whole', async () => {
  const { session, at } = await startPod();
  const content = Buffer.alloc(5 * 1024 * 1024 + 17, 'kdev');
  await session.apply(1, [file('/app/large', content), file('/app/small', 'small')]);
  expect(readFileSync(at('/app/large')).equals(content)).toBe(true);
  expect(text(at('/app/small'))).toBe('small');
});

test('a batch may come in several messages, and content counts the entries of all of them', async () => {
  const { session, at } = await startPod();
  session.send({ type: 'batch', seq: 1, entries: [dir('/app/d').entry] });
  session.send({ type: 'batch', seq: 1, entries: [file('/app/d/f', 'second').entry] });
  session.socket.write(Buffer.concat([encodeDataHeader(1, 6), Buffer.from('second')]));
  session.send({ type: 'commit', seq: 1 });
  expect((await session.next('ack')).problems).toEqual([]);
  expect(text(at('/app/d/f'))).toBe('second');
});

test('P3: a file becomes a directory, a directory a file, and deletes and edits of the same batch arrive', async () => {
  const { session, at } = await startPod();
  await session.apply(1, [
    file('/app/turns', 'file'),
    file('/app/tree/a/one', '1'),
    file('/app/tree/two', '2'),
    ...[1, 2, 3, 4, 5, 6, 7].map((n) => file(`/app/gone${n}`, 'x')),
    file('/app/edited', 'old'),
  ]);
  const ack = await session.apply(2, [
    dir('/app/turns'),
    file('/app/turns/inside', 'inside'),
    file('/app/tree', 'now a file'),
    ...[1, 2, 3, 4, 5, 6, 7].map((n) => remove(`/app/gone${n}`)),
    file('/app/edited', 'new'),
  ]);
  expect(ack.problems).toEqual([]);
  expect(names(at('/app'))).toEqual(['edited', 'tree', 'turns']);
  expect(text(at('/app/turns/inside'))).toBe('inside');
  expect(text(at('/app/tree'))).toBe('now a file');
  expect(text(at('/app/edited'))).toBe('new');
});

test('a delete that blocks a rename of its own batch goes first, also without a word on the new directory', async () => {
  const { session, at } = await startPod();
  await session.apply(1, [file('/app/x', 'file')]);
  const ack = await session.apply(2, [remove('/app/x'), file('/app/x/y', 'below')]);
  expect(ack.problems).toEqual([]);
  expect(text(at('/app/x/y'))).toBe('below');
});

test('P4: links arrive as links, are retargeted, and turn into files and back', async () => {
  const { session, at } = await startPod();
  await session.apply(1, [file('/app/a', 'a'), file('/app/b', 'b'), link('/app/current', 'a')]);
  expect(readlinkSync(at('/app/current'))).toBe('a');
  await session.apply(2, [link('/app/current', 'b')]);
  expect(readlinkSync(at('/app/current'))).toBe('b');
  expect(text(at('/app/a'))).toBe('a');
  await session.apply(3, [file('/app/current', 'no link')]);
  expect(lstatSync(at('/app/current')).isFile()).toBe(true);
  expect(text(at('/app/b'))).toBe('b');
  await session.apply(4, [link('/app/current', '/nowhere/at/all'), link('/app/up', '../../..')]);
  expect(readlinkSync(at('/app/current'))).toBe('/nowhere/at/all');
  expect(readlinkSync(at('/app/up'))).toBe('../../..');
});

test('P5: a changed execute bit alone arrives, in both directions', async () => {
  const { session, at } = await startPod();
  await session.apply(1, [file('/app/run.sh', '#!/bin/sh\n')]);
  expect(modeOf(at('/app/run.sh'))).toBe(0o644);
  await session.apply(2, [file('/app/run.sh', '#!/bin/sh\n', { exec: true, mode: 0o755 })]);
  expect(modeOf(at('/app/run.sh'))).toBe(0o755);
  await session.apply(3, [file('/app/run.sh', '#!/bin/sh\n')]);
  expect(modeOf(at('/app/run.sh'))).toBe(0o644);
});

test('P5: directories that are deleted go, also empty ones', async () => {
  const { session, at } = await startPod();
  await session.apply(1, [dir('/app/empty'), file('/app/full/of/files', 'x')]);
  const ack = await session.apply(2, [remove('/app/empty'), remove('/app/full')]);
  expect(ack.problems).toEqual([]);
  expect(names(at('/app'))).toEqual([]);
});

test('P6: a new file can be read by whoever can read its directory, whatever its mode was at home', async () => {
  const { session, at } = await startPod();
  await session.apply(1, [
    file('/app/private', 'x', { mode: 0o600 }),
    dir('/app/d', 0o700),
    file('/app/d/f', 'x', { mode: 0o600 }),
  ]);
  expect(modeOf(at('/app/private'))).toBe(0o644);
  expect(modeOf(at('/app/d'))).toBe(0o755);
  expect(modeOf(at('/app/d/f'))).toBe(0o644);
});

test('A33, A11: an existing file keeps owner and mode; new paths belong to whom their directory belongs to, and no file gets an ID bit', async () => {
  const { session, at } = await startPod({}, ({ at, put }) => {
    put('/app/theirs', 'old');
    chmodSync(at('/app/theirs'), 0o4640);
    chownSync(at('/app/theirs'), 1234, 1234);
    chownSync(at('/app'), 4321, 4322);
    chmodSync(at('/app/theirs'), 0o640);
  });
  await session.apply(1, [
    file('/app/theirs', 'new', { mode: 0o777 }),
    file('/app/new/file', 'x'),
    file('/app/new/tool', 'x', { mode: 0o6755, exec: true }),
    file('/app/new/private', 'x', { mode: 0o600 }),
  ]);
  expect(['tool', 'private'].map((name) => statSync(at(`/app/new/${name}`)).mode & 0o7777)).toEqual([
    0o755, 0o644,
  ]);
  const theirs = statSync(at('/app/theirs'));
  expect([theirs.uid, theirs.gid, theirs.mode & 0o7777]).toEqual([1234, 1234, 0o640]);
  for (const made of ['/app/new', '/app/new/file']) {
    const { uid, gid } = statSync(at(made));
    expect([uid, gid]).toEqual([4321, 4322]);
  }
});

test('what kdev did not put into a deleted directory stays and is named', async () => {
  const { session, at, put } = await startPod();
  await session.apply(1, [file('/app/pkg/mod.py', 'x')]);
  put('/app/pkg/__pycache__/mod.pyc', 'cache');
  const ack = await session.apply(2, [remove('/app/pkg')]);
  expect(ack.problems).toMatchObject([{ path: '/app/pkg', code: 'foreign-files' }]);
  expect(ack.problems[0]?.message).toContain('__pycache__');
  expect(names(at('/app/pkg'))).toEqual(['__pycache__']);
  expect(ack.digest).toBe('0'.repeat(64));
});

test('a file does not take the place of a directory that holds what kdev did not put there', async () => {
  const { session, at, put } = await startPod();
  await session.apply(1, [file('/app/pkg/mod.py', 'x'), file('/app/other', '1')]);
  put('/app/pkg/data.db', 'precious');
  const ack = await session.apply(2, [file('/app/pkg', 'file'), file('/app/other', '2')]);
  expect(ack.problems).toMatchObject([{ path: '/app/pkg', code: 'foreign-files' }]);
  expect(text(at('/app/pkg/data.db'))).toBe('precious');
  expect(text(at('/app/other'))).toBe('2');
});

test('adopted paths count as managed without being written', async () => {
  const { session, at } = await startPod({}, ({ put }) => put('/app/image.txt', 'from the image'));
  const { entries } = await session.list();
  const [listed] = entries;
  expect(listed).toMatchObject({ path: '/app/image.txt', known: false });
  if (listed === undefined) throw new Error('nothing was listed');
  const before = statSync(at('/app/image.txt'), { bigint: true });
  const ack = await session.apply(1, [{ entry: { op: 'adopt', path: listed.path, entry: listed.entry } }]);
  expect(statSync(at('/app/image.txt'), { bigint: true }).ctimeNs).toBe(before.ctimeNs);
  expect(ack.digest).not.toBe('0'.repeat(64));
  expect((await session.list()).entries).toMatchObject([{ path: '/app/image.txt', known: true }]);
  expect(await session.request({ type: 'verify' })).toMatchObject({ ok: true, digest: ack.digest });
});

test('applying the same batch again writes nothing and has the same digest', async () => {
  const { session, at } = await startPod();
  const items = [file('/app/a', 'a'), link('/app/l', 'a'), dir('/app/d'), remove('/app/none')];
  const first = await session.apply(1, items);
  const before = ['/app/a', '/app/l'].map((name) => lstatSync(at(name), { bigint: true }).ctimeNs);
  const second = await session.apply(1, items);
  expect(second.digest).toBe(first.digest);
  expect(second.problems).toEqual([]);
  expect(['/app/a', '/app/l'].map((name) => lstatSync(at(name), { bigint: true }).ctimeNs)).toEqual(before);
});

test('the digest does not depend on how a state was reached', async () => {
  const { session } = await startPod();
  const one = await session.apply(1, [file('/app/a', '1'), file('/app/b', '2')]);
  await session.apply(2, [file('/app/a', 'else'), remove('/app/b'), file('/app/c', '3')]);
  const two = await session.apply(3, [file('/app/b', '2'), remove('/app/c'), file('/app/a', '1')]);
  expect(two.digest).toBe(one.digest);
});

test('names with spaces, dashes, newlines, both forms of é and bytes that are no UTF-8 arrive as they are', async () => {
  const { session, at } = await startPod();
  const odd = [
    '-rf',
    'with space',
    'new\nline',
    'caf\u00e9',
    'cafe\u0301',
    '\u{1f600}',
    'back\\slash',
    '%2e%2e',
  ];
  await session.apply(1, [...odd.map((name) => file(`/app/${name}`, name)), file('/app/raw\udcff', 'raw')]);
  for (const name of odd) expect(text(at(`/app/${name}`))).toBe(name);
  const raw = Buffer.concat([Buffer.from(`${at('/app')}/raw`), Buffer.of(0xff)]);
  expect(readFileSync(raw, 'utf8')).toBe('raw');
  const { entries } = await session.list();
  expect(entries.map((entry) => entry.path).sort()).toEqual(
    [...odd, 'raw\udcff'].map((name) => `/app/${name}`).sort(),
  );
});

test('A44: a program that runs is replaced, and keeps running as it was', async () => {
  const { session, at } = await startPod({}, ({ at }) => copyFileSync('/bin/sleep', at('/app/program')));
  const running = spawn(at('/app/program'), ['1000'], { stdio: 'ignore' });
  await once(running, 'spawn');
  try {
    const ack = await session.apply(1, [file('/app/program', 'new content', { exec: true })]);
    expect(ack.problems).toEqual([]);
    expect(text(at('/app/program'))).toBe('new content');
    expect(running.exitCode).toBeNull();
  } finally {
    running.kill('SIGKILL');
  }
});

test('A34: a read-only file in a writable directory is replaced', async () => {
  const { session, at } = await startPod({}, ({ at, put }) => {
    put('/app/locked', 'old');
    chmodSync(at('/app/locked'), 0o444);
  });
  expect((await session.apply(1, [file('/app/locked', 'new')])).problems).toEqual([]);
  expect(text(at('/app/locked'))).toBe('new');
  expect(modeOf(at('/app/locked'))).toBe(0o444);
});

test('sockets and pipes are not listed, and a pipe in a file’s way is replaced', async () => {
  const { session, at } = await startPod({}, ({ at }) => {
    execFileSync('mkfifo', [at('/app/pipe')]);
  });
  expect(existsSync(at('/app/pipe'))).toBe(true);
  expect((await session.list()).entries).toEqual([]);
  expect((await session.apply(1, [file('/app/pipe', 'a file')])).problems).toEqual([]);
  expect(text(at('/app/pipe'))).toBe('a file');
});

test('F16: a single-file mapping changes that file, and nothing beside it is listed or written', async () => {
  const mappings = [{ path: '/etc/app.conf', kind: 'file' }] as const;
  const { session, at } = await startPod({ mappings }, ({ put }) => {
    put('/etc/app.conf', 'old');
    put('/etc/passwd', 'root');
  });
  expect((await session.list()).entries.map((entry) => entry.path)).toEqual(['/etc/app.conf']);
  const ack = await session.apply(1, [file('/etc/app.conf', 'new'), file('/etc/passwd', 'owned')]);
  expect(ack.problems).toMatchObject([{ path: '/etc/passwd', code: 'outside-root' }]);
  expect([text(at('/etc/app.conf')), text(at('/etc/passwd'))]).toEqual(['new', 'root']);
});

test('a mapping whose path leads through links of the image is found as the container finds it', async () => {
  const mappings = [{ path: '/code/src', kind: 'dir' }] as const;
  const { session, at } = await startPod({ mappings }, ({ at, put }) => {
    put('/srv/releases/7/src/a.py', 'old');
    symlinkSync('/srv/current', at('/code'));
    symlinkSync('releases/7', at('/srv/current'));
  });
  expect((await session.list()).entries.map((entry) => entry.path)).toEqual(['/code/src/a.py']);
  expect((await session.apply(1, [file('/code/src/a.py', 'new')])).problems).toEqual([]);
  expect(text(at('/srv/releases/7/src/a.py'))).toBe('new');
});

test('a mapping that is not in the image yet is made', async () => {
  const mappings = [{ path: '/opt/new/place', kind: 'dir' }] as const;
  const { session, at } = await startPod({ mappings });
  expect((await session.list()).entries).toEqual([]);
  expect((await session.apply(1, [file('/opt/new/place/a', 'a')])).problems).toEqual([]);
  expect(text(at('/opt/new/place/a'))).toBe('a');
});

test('verify notices what was changed behind kdev’s back, and the next batch heals it', async () => {
  const { session, at } = await startPod();
  const ack = await session.apply(1, [file('/app/a', 'one'), file('/app/b', 'two')]);
  writeFileSync(at('/app/a'), 'ONE');
  const drifted = await session.request({ type: 'verify' });
  expect(drifted).toMatchObject({ ok: true });
  expect(drifted).not.toMatchObject({ digest: ack.digest });
  expect((await session.apply(2, [file('/app/a', 'one')])).digest).toBe(ack.digest);
  expect(text(at('/app/a'))).toBe('one');
});
