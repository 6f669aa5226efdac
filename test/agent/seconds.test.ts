import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startPod } from './pod-fixture.ts';
import { file } from './session-client.ts';
import { waitFor } from './wait-for.ts';

const secondOf = (name: string): number => Math.floor(statSync(name).mtimeMs / 1000);

test('P8: before each restart a source has a whole second of mtime that none of its versions had before', async () => {
  const { session, at } = await startPod({}, ({ put }) => put('/app/mod.py', 'ANSWER = 0'));
  await session.request({ type: 'open' });
  const ran = [secondOf(at('/app/mod.py'))];
  for (let seq = 1; seq <= 4; seq++) {
    await session.apply(seq, [file('/app/mod.py', `ANSWER = ${seq}`)]);
    const result = await session.request({ type: 'restart', graceMs: 0 });
    expect(result.ok).toBe(true);
    ran.push(secondOf(at('/app/mod.py')));
    expect(statSync(at('/app/mod.py')).mtimeMs).toBeLessThanOrEqual(Date.now() + 1001);
  }
  expect(new Set(ran).size).toBe(ran.length);
});

test('saves of a burst may share a second, and get their own once it is quiet', async () => {
  const { session, at } = await startPod();
  const seconds: number[] = [];
  // A save that comes just as a second begins has it to itself.
  for (let shares = false; seconds.length < 6 || !shares; ) {
    const seq = seconds.length + 1;
    await session.apply(seq, [file('/app/burst.py', `${seq}`)]);
    const second = secondOf(at('/app/burst.py'));
    shares = seconds.includes(second);
    seconds.push(second);
  }
  expect(new Set(seconds).size).toBeLessThan(seconds.length);
  await waitFor('a second of its own', () => !seconds.includes(secondOf(at('/app/burst.py'))));
  expect(readFileSync(at('/app/burst.py'), 'utf8')).toBe(`${seconds.length}`);
  const digest = (await session.request({ type: 'verify' })) as { readonly digest?: string };
  expect(digest.digest).toBe((await session.apply(seconds.length + 1, [])).digest);
});

test('verify gives every written path its own second, so that a test run started behind it sees the new source', async () => {
  const { session, at } = await startPod();
  // The last save has to share its second with the one before: one that comes just as a second begins does not.
  let [before, earlier] = [0, -1];
  for (let seq = 1; before !== earlier; seq++) {
    await session.apply(seq, [file('/app/t.py', `${seq}`)]);
    [before, earlier] = [secondOf(at('/app/t.py')), before];
  }
  await session.request({ type: 'verify' });
  expect(secondOf(at('/app/t.py'))).toBeGreaterThan(before);
});

test('a source from the future is brought back to now, because make would loop on it', async () => {
  const { session, at } = await startPod({}, ({ at, put }) => {
    put('/app/far', 'old');
    utimesSync(at('/app/far'), 4_000_000_000, 4_000_000_000);
  });
  await session.apply(1, [file('/app/far', 'new')]);
  expect(statSync(at('/app/far')).mtimeMs).toBeLessThanOrEqual(Date.now() + 1001);
});

test('what the app wrote itself after the last save is left alone when seconds are given out', async () => {
  const { session, at } = await startPod();
  for (let seq = 1; seq <= 3; seq++) await session.apply(seq, [file('/app/own', `${seq}`)]);
  writeFileSync(at('/app/own'), 'the app’s');
  await session.request({ type: 'verify' });
  expect(readFileSync(at('/app/own'), 'utf8')).toBe('the app’s');
});
