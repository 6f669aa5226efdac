import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WatchProcess } from './watch-process.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kdev-watch-process-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** A program in kdev's place that runs this script. */
async function watch(script: string): Promise<WatchProcess> {
  const command = path.join(folder, 'kdev');
  await writeFile(command, `#!/bin/sh\n${script}\n`);
  await chmod(command, 0o755);
  return new WatchProcess({ command, cwd: folder, flags: ['--context', 'x'], onLine: () => undefined });
}

const change = (seq: number) => `echo '{"event":"change","seq":${seq},"paths":["a"],"files":1}'`;

test('waits for the first event that fits, also for one that came before', async () => {
  const process = await watch(`${change(1)}\n${change(2)}\nexec sleep 60`);
  const wanted = { event: 'change', withinMs: 10_000, what: 'a change' } as const;
  const second = await process.waitFor({ ...wanted, from: 0, fits: ({ seq }) => seq > 1 });
  expect(second.seq).toBe(2);
  expect((await process.waitFor({ ...wanted, from: 0 })).seq).toBe(1);
  await process.stop();
});

test('passes the flags on and asks for JSON', async () => {
  const process = await watch('echo "$@" >&2; exit 3');
  const waiting = process.waitFor({ event: 'ready', from: 0, withinMs: 10_000, what: 'readiness' });
  await expect(waiting).rejects.toThrow('watch --json --context x');
});

test('an end of kdev ends every wait, with its last lines and the problems that stand', async () => {
  const problem = (key: string, resolved: boolean) =>
    `echo '{"event":"problem","key":"${key}","code":"c","message":"about ${key}","resolved":${resolved}}'`;
  const process = await watch(
    [problem('one', false), problem('two', false), problem('one', true), 'echo bad news >&2', 'exit 3'].join(
      '\n',
    ),
  );
  const waiting = process.waitFor({ event: 'ready', from: 0, withinMs: 10_000, what: 'readiness' });
  const error = await waiting.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error?.message).toMatch(
    /^kdev watch ended with 3 while waiting for readiness\n {2}problem c: about two\n/,
  );
  expect(error?.message).toContain('  bad news');
});

test('a wait has a deadline and says what it waited for', async () => {
  const process = await watch('echo still here >&2\nexec sleep 60');
  const waiting = process.waitFor({ event: 'ready', from: 0, withinMs: 500, what: 'readiness' });
  await expect(waiting).rejects.toThrow('while waiting for readiness');
  await process.stop();
});

test('a line that is no JSON is an error: scripts read that stream', async () => {
  const process = await watch('echo hello\nexec sleep 60');
  const waiting = process.waitFor({ event: 'ready', from: 0, withinMs: 10_000, what: 'readiness' });
  await expect(waiting).rejects.toThrow('printed a line that is no JSON: hello');
  await process.stop();
});

test('it is ended as Ctrl-C ends it', async () => {
  const process = await watch(`trap 'exit 130' INT\n${change(1)}\nwhile :; do sleep 0.05; done`);
  await process.waitFor({ event: 'change', from: 0, withinMs: 10_000, what: 'its start' });
  expect(await process.stop()).toEqual({ code: 130, signal: null });
});
