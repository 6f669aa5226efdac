import { describeMs, describeStages } from './report.ts';
import type { TourScene } from './tour-scene.ts';

/** Waits for kdev's own word that what was saved has arrived everywhere, and says how long each stage took. */
export async function sayStages(scene: TourScene, from: number): Promise<void> {
  const { watch, files, say } = scene;
  const saved = new Set(files.saved);
  await watch.waitFor({
    event: 'change',
    from,
    fits: (event) => event.paths.some((path) => saved.has(path)),
    withinMs: 10_000,
    what: `the change of ${[...saved].join(', ')}`,
  });
  const newest = watch.events
    .slice(from)
    .reduce((seq, event) => (event.event === 'change' ? Math.max(seq, event.seq) : seq), 0);
  await watch.waitFor({
    event: 'synced',
    from,
    fits: (event) => event.seq >= newest,
    withinMs: 30_000,
    what: `"synced" of change ${newest}`,
  });
  for (const event of watch.events.slice(from)) {
    if (event.event === 'restarted') {
      say(`   kdev #${event.seq}  restarted ${event.replica} in ${describeMs(event.ms)} ms`);
    }
    if (event.event !== 'synced') continue;
    const amount = `${event.files} ${event.files === 1 ? 'file' : 'files'}, ${event.bytes} bytes`;
    say(
      `   kdev #${event.seq}  ${amount} to ${event.replicas.length} replicas: ${describeStages(event.stages)}`,
    );
  }
}
