import type { SyncStages } from '../src/core/event.ts';
import type { SaveCase, Tree } from './cases.ts';
import { KdevWatch } from './kdev-watch.ts';
import { makeLocalTree } from './local-tree.ts';
import { measureFloor } from './measure-floor.ts';
import { measureIdle, measureMemory } from './measure-resources.ts';
import { findContainer, type Measurement, measureSaves } from './measurement.ts';
import { seriesTiming, timing } from './result.ts';

/** Everything that needs a running `kdev watch`, over one tree. */
export async function measureKdev(
  measurement: Measurement,
  { tree, saveCases }: { readonly tree: Tree; readonly saveCases: readonly SaveCase[] },
): Promise<void> {
  const { place, profile, report, signal } = measurement;
  const namespace = `bench-${tree}`;
  const { project, synced, run } = await makeLocalTree(place, tree, 'kdev');
  place.reporter.step(`kdev watch over the ${tree} tree`);
  const watch = new KdevWatch(place, { project, namespace, ...(profile !== undefined && { profile }) });
  const stop = (): void => void watch.stop();
  signal.addEventListener('abort', stop);
  try {
    await watch.ready();
    const container = await findContainer(measurement, run);
    for (const saveCase of saveCases) {
      watch.takeStages();
      const who = 'kdev';
      const series = { saveCase, who, container, synced, command: [] };
      const { measured, different } = await measureSaves(measurement, series);
      report(seriesTiming({ case: saveCase.name, who }, measured, different));
      const stages = watch.takeStages().slice(-measured.samples.length);
      for (const stage of stageNames) {
        const samples = stages.map((each) => each[stage] ?? 0);
        report(timing({ case: `${saveCase.name}.${stage}`, who }, samples));
      }
    }
    const measured = { ...measurement, tree, container, daemon: watch.pid };
    measureMemory(measured);
    if (tree === 'small') {
      await measureIdle(measured);
      await measureFloor({ ...measurement, container, namespace });
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await watch.stop();
  }
}

const stageNames = [
  'detect',
  'settle',
  'send',
  'apply',
  'total',
] as const satisfies readonly (keyof SyncStages)[];
