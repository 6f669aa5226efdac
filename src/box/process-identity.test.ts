import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startTimeOf } from '../../test/start-time-of.ts';
import { isAlive, killForGood, readIdentity } from './process-identity.ts';

function identityOf(pid: number): { pid: number; start: string } {
  return { pid, start: startTimeOf(pid) };
}

test('a process is itself until it ends, and killing it twice is no error', async () => {
  const child = spawn('sleep', ['1000']);
  await once(child, 'spawn');
  const identity = identityOf(child.pid ?? 0);
  expect(await isAlive(identity)).toBe(true);
  await killForGood(identity);
  expect(await isAlive(identity)).toBe(false);
  await killForGood(identity);
});

test('another process under the same id is not taken for it, and not killed', async () => {
  const mine = identityOf(process.pid);
  const former = { pid: process.pid, start: String(Number(mine.start) - 1) };
  expect(await isAlive(former)).toBe(false);
  await killForGood(former);
});

test('an identity is read from the file the launcher writes', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kdev-identity-'));
  await writeFile(path.join(folder, 'init.pid'), '42 1234\n');
  expect(await readIdentity(path.join(folder, 'init.pid'))).toEqual({ pid: 42, start: '1234' });
  expect(await readIdentity(path.join(folder, 'none'))).toBeUndefined();
  await rm(folder, { recursive: true });
});
