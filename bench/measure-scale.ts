import { KdevWatch } from './kdev-watch.ts';
import { makeLocalTree } from './local-tree.ts';
import { measureIdle, measureMemory } from './measure-resources.ts';
import { findContainer, type Measurement } from './measurement.ts';
import { timing } from './result.ts';

const name = 'scan-100k';

/**
 * A tree of a hundred thousand files: how long the first complete scan of a start takes that knows the digests from the
 * start before, and what kdev costs then.
 */
export async function measureScale(measurement: Measurement): Promise<void> {
  const { cases, place, report, signal } = measurement;
  if (!cases.includes(name)) return;
  const { project, run } = await makeLocalTree(place, 'huge', 'kdev');
  for (const start of ['first', 'second'] as const) {
    place.reporter.step(`${name}: the ${start} start`);
    const watch = new KdevWatch(place, { project, namespace: 'bench-huge' });
    const stop = (): void => void watch.stop();
    signal.addEventListener('abort', stop);
    try {
      await watch.ready();
      if (start === 'first') continue;
      report(timing({ case: name, who: 'kdev' }, [watch.scanMs]));
      const container = await findContainer(measurement, run);
      const running = { ...measurement, tree: 'huge', container, daemon: watch.pid } as const;
      measureMemory({ ...running, cases: ['memory'] });
      await measureIdle({ ...running, cases: ['idle-cpu'] });
    } finally {
      signal.removeEventListener('abort', stop);
      await watch.stop();
    }
  }
}
