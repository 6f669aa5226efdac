import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { endProcesses } from '../../src/box/end-processes.ts';
import { startTimeOf } from '../start-time-of.ts';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function start(command: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore' });
  started.push(child);
  return child;
}

/** The first process of namespaces of its own, as a box has them. */
async function firstOfBox(): Promise<number> {
  const outer = start('unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', 'sleep', '1000');
  return vi.waitFor(() => {
    const children = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').trim();
    expect(commandOf(Number(children))).toBe('sleep');
    return Number(children);
  }, 60_000);
}

/** A program that went into some of them from outside. */
async function entered(pid: number, ...namespaces: readonly string[]): Promise<ChildProcess> {
  const child = start('nsenter', '--target', String(pid), ...namespaces, 'sleep', '1000');
  await vi.waitFor(() => expect(commandOf(child.pid ?? 0)).toBe('sleep'), 60_000);
  return child;
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

function identityOf(pid: number): { pid: number; start: string } {
  return { pid, start: startTimeOf(pid) };
}

test.each([['--net'], ['--mount']])(
  'what entered with %s ends with the box, and no other box does',
  async (kind) => {
    const [box, other] = [await firstOfBox(), await firstOfBox()];
    const [mine, others] = [await entered(box, kind), await entered(other, kind)];
    const ended = once(mine, 'exit');
    await endProcesses(identityOf(box));
    expect((await ended)[1]).toBe('SIGKILL');
    expect([commandOf(other), commandOf(others.pid ?? 0)]).toEqual(['sleep', 'sleep']);
  },
);

test('a process that took the number of a first process that has ended is left alone', async () => {
  const box = await firstOfBox();
  const { pid, start: begun } = identityOf(box);
  await endProcesses({ pid, start: String(Number(begun) - 1) });
  expect(commandOf(box)).toBe('sleep');
});
