import { setTimeout as pause } from 'node:timers/promises';
import type { SaveCase } from './cases.ts';
import { syncedFolder } from './local-tree.ts';
import type { Container, Observer } from './observer.ts';
import type { BenchOptions } from './options.ts';
import type { Place } from './place.ts';
import type { Result } from './result.ts';

/** What every measurement works with. */
export interface Measurement extends BenchOptions {
  readonly place: Place;
  readonly observer: Observer;
  readonly signal: AbortSignal;
  readonly report: (result: Result) => void;
}

/** One series of saves in a container, and whether everything is there afterwards. */
export async function measureSaves(
  { observer, place, saves, signal }: Measurement,
  of: {
    readonly saveCase: SaveCase;
    readonly who: string;
    readonly container: Container;
    readonly synced: string;
    readonly command: readonly string[];
  },
) {
  const { saveCase, who, container, synced, command } = of;
  const { name, file, inPlace, pauseMs, until } = saveCase;
  signal.throwIfAborted();
  place.reporter.step(`${name}: ${who}`);
  const measured = await observer.series({
    container,
    until,
    local: `${synced}/${file}`,
    file: `${syncedFolder}/${file}`,
    inPlace,
    command,
    saves,
    pauseMs,
  });
  if (measured.lastFailure !== undefined) place.reporter.step(`${who} failed: ${measured.lastFailure}`);
  place.reporter.detail(
    `looked every ${measured.looks.median} ms, at the latest after ${measured.looks.max} ms`,
  );
  const different = await observer.countWrong(container, synced, syncedFolder);
  return { measured, different };
}

/** The containers of a run's app; waits until the app runs in so many. */
export async function findContainer(
  { observer, signal }: Measurement,
  run: string,
  replicas = 1,
): Promise<Container> {
  for (let tries = 0; ; tries++) {
    try {
      const pids = (await observer.find(run)).map(({ parent }) => parent);
      const [pid] = pids;
      if (pid !== undefined && pids.length === replicas) return { pid, pids };
      if (tries > 300) throw new Error(`${pids.length} apps run instead of ${replicas}`);
    } catch (error) {
      if (tries > 300) throw error;
    }
    await pause(100, undefined, { signal });
  }
}
