import { setTimeout as pause } from 'node:timers/promises';
import type { Tree } from './cases.ts';
import type { Measurement } from './measurement.ts';
import type { Container } from './observer.ts';
import { familyMb, findInPod, processorSeconds, residentMb } from './processes.ts';
import { round } from './result.ts';

interface Running extends Measurement {
  readonly tree: Tree;
  readonly container: Container;
  /** The process of `kdev watch`. */
  readonly daemon: number;
}

/** Of `kdev watch` and of the agent in its pod, after what it did lately. */
export function reportMemory(
  { place, report }: Pick<Running, 'place' | 'report'>,
  { container, daemon, after }: Pick<Running, 'container' | 'daemon'> & { readonly after: string },
): void {
  const amounts = [
    { who: 'kdev watch', mb: residentMb(daemon) },
    { who: 'agent', mb: residentMb(agentOf(container)) },
    { who: 'box, all processes', mb: familyMb(place.box.pid) },
  ];
  for (const { who, mb } of amounts) {
    report({ case: 'memory', who: `${who} (${after})`, n: 1, value: Math.round(mb), unit: 'MB' });
  }
}

export function measureMemory({ cases, container, daemon, place, report, tree }: Running): void {
  if (!cases.includes('memory')) return;
  reportMemory({ place, report }, { container, daemon, after: `${tree} tree` });
}

/** After the last save nothing happens for a while; what is used then is what kdev costs all day. */
export async function measureIdle({
  cases,
  container,
  daemon,
  idleSeconds,
  place,
  report,
  signal,
}: Running): Promise<void> {
  if (!cases.includes('idle-cpu')) return;
  place.reporter.step(`idle-cpu: ${idleSeconds} s without a save`);
  await pause(settleMs, undefined, { signal });
  const processes = [
    { who: 'kdev watch', pid: daemon },
    { who: 'agent', pid: agentOf(container) },
    { who: 'restarter', pid: container.pid },
  ];
  const before = processes.map(({ pid }) => processorSeconds(pid));
  const start = performance.now();
  await pause(idleSeconds * 1_000, undefined, { signal });
  const seconds = (performance.now() - start) / 1_000;
  for (const [index, { who, pid }] of processes.entries()) {
    const used = processorSeconds(pid) - (before[index] ?? 0);
    report({ case: 'idle-cpu', who, n: 1, value: round((100 * used) / seconds), unit: '% of a core' });
  }
}

/** kdev's own work after a save is over by then, ms. */
const settleMs = 3_000;

export function agentOf(container: Container): number {
  const pid = findInPod(container.pid, 'agent.mjs');
  if (pid === undefined) throw new Error('there is no agent in the pod');
  return pid;
}
