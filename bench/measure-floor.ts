import { syncedFolder } from './local-tree.ts';
import type { Measurement } from './measurement.ts';
import type { Container } from './observer.ts';
import { openPortForward } from './port-forward.ts';
import { timing } from './result.ts';

/** What no way can be faster than, and what the observer adds to each figure. */
export async function measureFloor(
  measurement: Measurement & { readonly container: Container; readonly namespace: string },
): Promise<void> {
  const { cases, container, namespace, observer, place, report, saves } = measurement;
  if (!cases.includes('floor')) return;
  place.reporter.step('floor');
  const names = ['get', 'pods', `--namespace=${namespace}`, '--output=jsonpath={.items[0].metadata.name}'];
  const forward = await openPortForward(place, { namespace, pod: await place.ask(names), port: 8081 });
  try {
    const { samples } = await observer.echo(`127.0.0.1:${forward.port}`, saves);
    report(timing({ case: 'floor', who: '64 B there and back, port-forward' }, samples));
  } finally {
    await forward.close();
  }
  const written = await observer.writeThrough(container, `${syncedFolder}/floor.txt`, saves);
  report(timing({ case: 'floor', who: '1 KiB by rename, /proc/<pid>/root' }, written.samples));
  const seen = { bytes: 'a rename in there → seen', served: 'a rename in there → seen served' };
  for (const until of ['bytes', 'served'] as const) {
    const file = `${syncedFolder}/page.txt`;
    const { samples, missed } = await observer.calibrate({ container, until, file, saves });
    report(timing({ case: 'floor', who: seen[until] }, samples, missed));
  }
}
