import { PassThrough } from 'node:stream';
import type { Cluster } from '../core/ports/cluster.ts';
import { lineWriter } from './output.ts';
import type { ContainerPlace } from './run-in-container.ts';

/** What the memory controller of a container's cgroup tells. */
export interface Memory {
  /** How often the kernel has ended something in it for want of memory. */
  readonly kills: number;
  /** Absent = none that is known. */
  readonly limitBytes?: number;
}

/** Of cgroup 2 and of cgroup 1; two of them are never there. */
const files = ['memory.events', 'memory.max', 'memory/memory.oom_control', 'memory/memory.limit_in_bytes'];

/** Undefined where the container cannot be asked: it has gone, or has no `cat`. */
export async function readMemory(
  cluster: Pick<Cluster, 'exec'>,
  place: ContainerPlace,
): Promise<Memory | undefined> {
  const lines: string[] = [];
  try {
    await cluster.exec({
      ...place,
      command: ['cat', ...files.map((file) => `/sys/fs/cgroup/${file}`)],
      stdout: lineWriter((line) => lines.push(line)),
      stderr: new PassThrough().resume(),
    });
  } catch {
    return undefined;
  }
  const kills = lines.map((line) => /^oom_kill (\d+)$/.exec(line)?.[1]).find((found) => found !== undefined);
  if (kills === undefined) return undefined;
  const limit = lines.map(Number).find((value) => Number.isSafeInteger(value) && value > 0);
  return { kills: Number(kills), ...(limit !== undefined && { limitBytes: limit }) };
}
