import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Engine } from './engine.ts';

const mebibyte = 1024 * 1024;
const run = promisify(execFile);

export interface LargeOptions {
  /** Of a file that is holes but for three places. */
  readonly sparseBytes: number;
  /** Of a file that nothing makes smaller. */
  readonly contentBytes: number;
  readonly deadlineMs: number;
}

export interface LargeOutcome {
  readonly differs: readonly string[];
  /** What the sparse file takes of the container's disk. */
  readonly sparseDiskBytes: number;
  /** What the journal takes of the pod's. */
  readonly journalBytes: number;
  /** The most that each side had resident since before the files were made. */
  readonly daemonBytes: number;
  readonly agentBytes: number;
}

/** Two large files go through the engine and away again; what that took. */
export async function sendLargeFiles(engine: Engine, options: LargeOptions): Promise<LargeOutcome> {
  const { pod, tree } = engine;
  const names = ['sparse', 'content'];
  for (const pid of [engine.daemon.pid, pod.agent.pid]) forgetPeak(pid);
  makeSparse(path.join(tree, 'sparse'), options.sparseBytes);
  await makeContent(path.join(tree, 'content'), options.contentBytes);
  const differs = await untilSame(engine, names, options.deadlineMs);
  const outcome: LargeOutcome = {
    differs,
    sparseDiskBytes: sizeOf(pod.container.at('/app/sparse')).disk,
    journalBytes: sizeOf(path.join(pod.agent.journalDir, 'app/journal')).disk,
    daemonBytes: peakOf(engine.daemon.pid),
    agentBytes: peakOf(pod.agent.pid),
  };
  for (const name of names) rmSync(path.join(tree, name), { force: true });
  return outcome;
}

/** Until the container has them byte by byte; what is wrong when the time is over. */
async function untilSame(engine: Engine, names: readonly string[], deadlineMs: number): Promise<string[]> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const status = await engine.daemon.status();
    const there = (name: string): string => engine.pod.container.at(`/app/${name}`);
    const late = names.filter(
      (name) => sizeOf(there(name)).size !== sizeOf(path.join(engine.tree, name)).size,
    );
    if (status.inSync && late.length === 0) {
      const compared = names.map((name) => compare(path.join(engine.tree, name), there(name)));
      return (await Promise.all(compared)).flat();
    }
    if (performance.now() > end)
      return [
        `not in sync after ${deadlineMs} ms: ${JSON.stringify(status.replicas)}, late are ${late.join()}`,
      ];
    await delay(100);
  }
}

async function compare(here: string, there: string): Promise<string[]> {
  return run('cmp', [here, there]).then(
    () => [],
    (error: unknown) => [String(error)],
  );
}

function makeSparse(file: string, bytes: number): void {
  const fd = openSync(file, 'w');
  ftruncateSync(fd, bytes);
  for (const at of [0, Math.floor(bytes / 2) + 12_345, bytes - 7]) writeSync(fd, 'here', at);
  closeSync(fd);
}

/** In pieces, so that this process can carry the link's bytes meanwhile. */
async function makeContent(file: string, bytes: number): Promise<void> {
  const piece = randomBytes(mebibyte);
  const fd = openSync(file, 'w');
  for (let at = 0; at < bytes; at += mebibyte) {
    piece.writeDoubleBE(at, 0);
    writeSync(fd, piece, 0, Math.min(mebibyte, bytes - at));
    await delay(0);
  }
  closeSync(fd);
}

function sizeOf(file: string): { readonly size: number; readonly disk: number } {
  const found = statSync(file, { throwIfNoEntry: false });
  return { size: found?.size ?? -1, disk: (found?.blocks ?? 0) * 512 };
}

/** proc(5): 5 in clear_refs sets the peak of the resident size to what it is now. */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function peakOf(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
