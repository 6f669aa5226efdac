import {
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Pod, startPod } from './pod-fixture.ts';
import { file, type Item, remove } from './session-client.ts';
import { waitFor } from './wait-for.ts';

const nothing = '0'.repeat(64);

/** 200 files in two directories: more than are removed one by one. */
const many = Array.from({ length: 200 }, (_, index) =>
  file(`/app/tree/d${index % 2}/${index}.txt`, `content ${index}`),
);

/** What is staged in the container, or was moved aside and is still there. */
function staged(pod: Pod): string[] {
  const stage = readdirSync(pod.root).find((name) => name.startsWith('.kdev-stage'));
  return stage === undefined ? [] : readdirSync(path.join(pod.root, stage));
}

/** A file that is made of what another path of the container has. */
function moved(to: string, from: string, text: string, facts: { readonly exec?: boolean } = {}): Item {
  const { entry } = file(to, text, facts);
  if (entry.op !== 'file') throw new Error('a file is a file');
  return { entry: { ...entry, base: { path: from, ranges: [] } } };
}

test('a directory goes with all that kdev knows in it, and what it held leaves nothing behind', async () => {
  const pod = await startPod();
  await pod.session.apply(1, many);
  const ack = await pod.session.apply(2, [remove('/app/tree')]);
  expect(ack).toMatchObject({ problems: [], digest: nothing });
  expect(existsSync(pod.at('/app/tree'))).toBe(false);
  expect((await pod.session.list()).entries).toEqual([]);
  await waitFor('what was moved aside to be gone', () => staged(pod).length === 0);
  await pod.session.apply(3, [file('/app/tree/d0/1.txt', 'again')]);
  expect(readFileSync(pod.at('/app/tree/d0/1.txt'), 'utf8')).toBe('again');
});

test('what somebody else put into a directory that goes stays where it is, and is named', async () => {
  const pod = await startPod();
  await pod.session.apply(1, many);
  writeFileSync(pod.at('/app/tree/d1/foreign'), 'mine');
  symlinkSync('/etc', pod.at('/app/tree/d1/link'));
  const ack = await pod.session.apply(2, [remove('/app/tree')]);
  expect(ack.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
    'foreign-files /app/tree/d1',
    'foreign-files /app/tree',
  ]);
  expect(readdirSync(pod.at('/app/tree'))).toEqual(['d1']);
  expect(readdirSync(pod.at('/app/tree/d1')).sort()).toEqual(['foreign', 'link']);
});

test('a file that became somebody’s directory is not taken away with the directory around it', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [...many, file('/app/tree/turned', 'file')]);
  const turned = pod.at('/app/tree/turned');
  rmSync(turned);
  mkdirSync(turned);
  writeFileSync(path.join(turned, 'mine'), 'mine');
  await pod.session.apply(2, [remove('/app/tree')]);
  expect(readFileSync(path.join(turned, 'mine'), 'utf8')).toBe('mine');
});

test('a mount in a directory that goes is left alone with what is on it', async () => {
  const pod = await startPod({
    container: { mounts: 'mkdir -p "$1/app/tree/mnt" && mount -t tmpfs none "$1/app/tree/mnt"' },
  });
  await pod.session.apply(1, many);
  const ack = await pod.session.apply(2, [remove('/app/tree')]);
  expect(ack.problems).not.toEqual([]);
  expect(readdirSync(pod.at('/app/tree'))).toEqual(['mnt']);
});

test('what a newer change put into a directory keeps it from going as a whole', async () => {
  const pod = await startPod();
  await pod.session.apply(1, many);
  await pod.session.apply(3, [file('/app/tree/d0/newer', 'newer')]);
  const ack = await pod.session.apply(2, [remove('/app/tree')]);
  expect(ack.problems).toEqual([]);
  expect(readFileSync(pod.at('/app/tree/d0/newer'), 'utf8')).toBe('newer');
  expect(readdirSync(pod.at('/app/tree'))).toEqual(['d0']);
});

test('P2: a file whose old path goes with the same batch is moved, and has a time of its own', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/old/a.py', 'print(1)\n', { exec: true })]);
  const before = lstatSync(pod.at('/app/old/a.py'));
  const ack = await pod.session.apply(2, [
    moved('/app/new/b.py', '/app/old/a.py', 'print(1)\n'),
    remove('/app/old/a.py'),
    remove('/app/old'),
  ]);
  expect(ack.problems).toEqual([]);
  const after = lstatSync(pod.at('/app/new/b.py'));
  expect(after.ino).toBe(before.ino);
  expect(Math.floor(after.mtimeMs)).toBeGreaterThanOrEqual(Math.floor(before.mtimeMs));
  expect(readdirSync(pod.at('/app'))).toEqual(['new']);
  expect(await pod.session.request({ type: 'verify' })).toMatchObject({ digest: ack.digest });
});

test('a moved file has to hold what the session says: else it stays, and is asked for whole', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/old', 'as it was sent')]);
  writeFileSync(pod.at('/app/old'), 'changed by app');
  const ack = await pod.session.apply(2, [moved('/app/new', '/app/old', 'as it was sent')]);
  expect(ack.problems).toMatchObject([{ path: '/app/new', code: 'send-whole' }]);
  expect(existsSync(pod.at('/app/new'))).toBe(false);
  expect(readFileSync(pod.at('/app/old'), 'utf8')).toBe('changed by app');
});

test('a moved file that the app has changed meanwhile, even one of the same length, is asked for whole', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/old', 'as it was sent')]);
  writeFileSync(pod.at('/app/old'), 'changed by app');
  const ack = await pod.session.apply(2, [
    moved('/app/new', '/app/old', 'as it was sent'),
    remove('/app/old'),
  ]);
  expect(ack.problems).toMatchObject([{ path: '/app/new', code: 'send-whole' }]);
  expect(existsSync(pod.at('/app/new'))).toBe(false);
});

test('a moved file belongs to whom its new directory belongs to', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/old/name', 'content'), file('/app/new/other', 'other')]);
  chownSync(pod.at('/app/new'), 1234, 1235);
  const ack = await pod.session.apply(2, [
    moved('/app/new/name', '/app/old/name', 'content', { exec: true }),
    remove('/app/old/name'),
  ]);
  expect(ack.problems).toEqual([]);
  const { uid, gid, mode } = statSync(pod.at('/app/new/name'));
  expect([uid, gid, mode & 0o111]).toEqual([1234, 1235, 0o111]);
});

test('a file with another name of the container’s own is copied instead of moved', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/old', 'content')]);
  linkSync(pod.at('/app/old'), path.join(pod.root, 'other-name'));
  const ack = await pod.session.apply(2, [moved('/app/new', '/app/old', 'content'), remove('/app/old')]);
  expect(ack.problems).toEqual([]);
  expect(statSync(pod.at('/app/new')).nlink).toBe(1);
  expect(readFileSync(path.join(pod.root, 'other-name'), 'utf8')).toBe('content');
});

test('two new names for one file that goes: both have its content', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/old', 'content')]);
  const ack = await pod.session.apply(2, [
    moved('/app/one', '/app/old', 'content'),
    moved('/app/two', '/app/old', 'content'),
    remove('/app/old'),
  ]);
  expect(ack.problems).toEqual([]);
  expect(readFileSync(pod.at('/app/one'), 'utf8')).toBe('content');
  expect(readFileSync(pod.at('/app/two'), 'utf8')).toBe('content');
  expect(readdirSync(pod.at('/app')).sort()).toEqual(['one', 'two']);
});

test('P5: a moved file is in the journal under its new name', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/old/name', 'content')]);
  await pod.session.apply(2, [
    moved('/app/new/name', '/app/old/name', 'content'),
    remove('/app/old/name'),
    remove('/app/old'),
  ]);
  await pod.agent.kill();
  rmSync(pod.at('/app/new'), { recursive: true });
  await pod.agent.start();
  await pod.container.register();
  await waitFor('the replay', () => existsSync(pod.at('/app/new/name')));
  expect(readFileSync(pod.at('/app/new/name'), 'utf8')).toBe('content');
  expect(existsSync(pod.at('/app/old'))).toBe(false);
});
