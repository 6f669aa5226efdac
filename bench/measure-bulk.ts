import { setTimeout as pause } from 'node:timers/promises';
import { type BulkTree, makeBulkTree, makeGitTree } from './bulk-tree.ts';
import { bulkCases, gitCases } from './cases.ts';
import { KdevWatch } from './kdev-watch.ts';
import { makeLocalTree, syncedFolder } from './local-tree.ts';
import { copyIn } from './measure-others.ts';
import { agentOf, reportMemory } from './measure-resources.ts';
import { findContainer, type Measurement } from './measurement.ts';
import type { BulkChange, BulkMeasured, Container } from './observer.ts';
import type { PeerPod } from './peer-pod.ts';
import { processorSeconds } from './processes.ts';
import { round, timing } from './result.ts';
import { type BulkWay, bulkWays } from './ways.ts';

type BulkCase = (typeof bulkCases | typeof gitCases)[number];

/** Between two changes of a series, ms: what follows a sync is to be over. */
const settleMs = 1_500;

interface Series {
  readonly who: string;
  readonly container: Container;
  readonly synced: string;
  readonly marker: string;
  readonly way?: BulkWay;
  /** Whose processor time is told. */
  readonly processes?: readonly { readonly who: string; readonly pid: number }[];
}

/** Changes of many files, with kdev over a tree of its own. */
export async function measureKdevBulk(measurement: Measurement): Promise<void> {
  const { observer, place, profile, signal } = measurement;
  for (const tree of ['bulk', 'git'] as const) {
    const chosen = chosenOf(measurement, tree);
    if (chosen.length === 0) continue;
    const { project, synced, run } = await makeLocalTree(place, tree, 'kdev');
    const run1 =
      tree === 'bulk'
        ? bulkRun(await makeBulkTree(synced, observer))
        : gitRun(await makeGitTree(synced, observer), synced);
    place.reporter.step(`kdev watch over the ${tree} tree`);
    const watch = new KdevWatch(place, {
      project,
      namespace: `bench-${tree}`,
      ...(profile !== undefined && { profile }),
    });
    const stop = (): void => void watch.stop();
    signal.addEventListener('abort', stop);
    try {
      await watch.ready();
      const container = await findContainer(measurement, run);
      const processes = [
        { who: 'kdev watch', pid: watch.pid },
        { who: 'agent', pid: agentOf(container) },
      ];
      for (const each of chosen) {
        const series = { who: 'kdev', container, synced, marker: run1.marker, processes };
        await measureCase(measurement, each, run1, series);
        const stages = watch.takeStages();
        const last = stages.at(-1);
        if (last !== undefined)
          place.reporter.step(`kdev's own account of the last: ${JSON.stringify(last)}`);
      }
      if (measurement.cases.includes('memory')) {
        // Both give memory back once nothing has come for a while.
        await pause(5 * settleMs, undefined, { signal });
        reportMemory(measurement, { container, daemon: watch.pid, after: `after ${tree} changes` });
      }
    } finally {
      signal.removeEventListener('abort', stop);
      await watch.stop();
    }
  }
}

/** The same without kdev, in the pod that is there for that. */
export async function measureOthersBulk(measurement: Measurement, pod: PeerPod): Promise<void> {
  const { observer, place } = measurement;
  for (const tree of ['bulk', 'git'] as const) {
    const chosen = chosenOf(measurement, tree);
    if (chosen.length === 0) continue;
    const { synced } = await makeLocalTree(place, tree, 'others');
    const changes =
      tree === 'bulk'
        ? bulkRun(await makeBulkTree(synced, observer))
        : gitRun(await makeGitTree(synced, observer), synced);
    await copyIn(synced, pod);
    const container = await findContainer(measurement, pod.run);
    for (const each of chosen) {
      for (const way of bulkWays({ kubectl: place.kubectl, pod })) {
        if (way.cannot.includes(each.name)) continue;
        await measureCase(measurement, each, changes, {
          who: way.who,
          container,
          synced,
          marker: changes.marker,
          way,
        });
        await copyIn(synced, pod);
      }
    }
  }
}

interface Changes {
  readonly marker: string;
  next(name: BulkCase['name']): Promise<BulkChange>;
}

function bulkRun(tree: BulkTree): Changes {
  return { marker: tree.marker, next: (name) => tree.prepare(name as Parameters<BulkTree['prepare']>[0]) };
}

function gitRun(tree: Awaited<ReturnType<typeof makeGitTree>>, synced: string): Changes {
  return { marker: `${synced}-marker`, next: async () => tree.switchBranch() };
}

function chosenOf({ cases }: Measurement, tree: 'bulk' | 'git'): readonly BulkCase[] {
  const all: readonly BulkCase[] = tree === 'bulk' ? bulkCases : gitCases;
  return all.filter(({ name }) => cases.includes(name));
}

async function measureCase(
  measurement: Measurement,
  { name }: BulkCase,
  changes: Changes,
  { who, container, synced, marker, way, processes = [] }: Series,
): Promise<void> {
  const { observer, place, report, saves, signal } = measurement;
  place.reporter.step(`${name}: ${who}`);
  const measured: BulkMeasured[] = [];
  const used = processes.map(() => 0);
  const rounds = Math.max(3, Math.round(saves / 8));
  for (let round = 0; round < rounds; round++) {
    signal.throwIfAborted();
    if (name === 'mass-delete') {
      const fill = await changes.next('first-20k');
      const filled = await observer.bulk({
        container,
        localRoot: synced,
        root: syncedFolder,
        change: fill,
        command: way?.command({ synced, marker }) ?? [],
      });
      if (filled.missed > 0) place.reporter.step(`${filled.missed} paths did not come`);
      await pause(settleMs, undefined, { signal });
    }
    const change = await changes.next(name);
    // A fill that makes room for itself deletes first, which is no part of what is measured.
    await pause(
      name === 'first-20k' || name === 'save-during-first-sync' ? 2 * settleMs : settleMs,
      undefined,
      { signal },
    );
    const before = processes.map(({ pid }) => processorSeconds(pid));
    const once = await observer.bulk({
      container,
      change,
      localRoot: synced,
      root: syncedFolder,
      command: way?.command({ synced, marker }) ?? [],
      ...(name === 'save-during-first-sync' && { saved: 'page.txt' }),
    });
    for (const [index, { pid }] of processes.entries())
      used[index] = (used[index] ?? 0) + processorSeconds(pid) - (before[index] ?? 0);
    if (once.failure) place.reporter.step(`${who} failed: ${once.failure}`);
    measured.push(once);
  }
  const different = await observer.countWrong(container, synced, syncedFolder);
  const wrong =
    different + measured.reduce((sum, { missed, failure }) => sum + missed + (failure ? 1 : 0), 0);
  const samples =
    name === 'save-during-first-sync'
      ? measured.flatMap((each) => each.samples)
      : measured.map(({ ms }) => ms);
  report(timing({ case: name, who }, samples, wrong));
  report(
    timing(
      { case: `${name}.change`, who },
      measured.map(({ changeMs }) => changeMs),
    ),
  );
  for (const [index, { who: whose }] of processes.entries()) {
    const value = round((1_000 * (used[index] ?? 0)) / rounds);
    report({ case: `${name}.cpu`, who: whose, n: rounds, value, unit: 'ms of a core' });
  }
}
