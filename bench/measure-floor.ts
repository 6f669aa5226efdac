import { brief } from './cases.ts';
import { syncedFolder } from './local-tree.ts';
import type { Measurement } from './measurement.ts';
import type { Container } from './observer.ts';
import { openPortForward } from './port-forward.ts';
import { timing } from './result.ts';

interface Floor extends Measurement {
  readonly container: Container;
  readonly namespace: string;
}

/** A machine that rests between two saves has cold caches at each: what is done often is done faster. */
const paces = [
  { pauseMs: [5, 25], name: 'often' },
  { pauseMs: brief, name: 'as seldom as saves' },
] as const;

/** What no way can be faster than, and what the observer adds to each figure. */
export async function measureFloor(floor: Floor): Promise<void> {
  if (!floor.cases.includes('floor')) return;
  floor.place.reporter.step('floor');
  await measureEcho(floor);
  const { container, observer, report, saves } = floor;
  for (const { pauseMs, name } of paces) {
    const file = `${syncedFolder}/floor.txt`;
    const { samples } = await observer.writeThrough({ container, file, saves, pauseMs });
    report(timing({ case: 'floor', who: `1 KiB by rename, /proc/<pid>/root, ${name}` }, samples));
  }
  const seen = { bytes: 'a rename in there → seen', served: 'a rename in there → seen served' };
  for (const until of ['bytes', 'served'] as const) {
    const file = `${syncedFolder}/page.txt`;
    const { samples, missed } = await observer.calibrate({ container, until, file, saves, pauseMs: brief });
    report(timing({ case: 'floor', who: seen[until] }, samples, missed));
  }
}

async function measureEcho({ namespace, observer, place, report, saves }: Floor): Promise<void> {
  const names = ['get', 'pods', `--namespace=${namespace}`, '--output=jsonpath={.items[0].metadata.name}'];
  const forward = await openPortForward(place, { namespace, pod: await place.ask(names), port: 8081 });
  try {
    for (const { pauseMs, name } of paces) {
      const { samples } = await observer.echo({ address: `127.0.0.1:${forward.port}`, saves, pauseMs });
      report(timing({ case: 'floor', who: `64 B there and back, port-forward, ${name}` }, samples));
    }
  } finally {
    await forward.close();
  }
}
