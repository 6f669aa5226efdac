import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { changedFile, changeTree, makeBuildTree } from './build-tree.ts';
import { fixtureReference } from './fixture-image.ts';
import { KdevWatch } from './kdev-watch.ts';
import { makeLocalTree } from './local-tree.ts';
import type { Measurement } from './measurement.ts';
import { timing } from './result.ts';

const mostSaves = 10;
const config = `import { defineConfig } from 'kdev';
export default defineConfig({
  name: 'bench',
  manifests: 'k8s.yaml',
  services: { app: { build: true, sync: { app: '/srv/app' }, restart: ['app/code.txt'], rebuild: ['${changedFile}'] } },
});
`;

/** From a save that needs a new image to a pod that runs it, ready and with every edit: through `kdev watch`. */
export async function measureReady(measurement: Measurement): Promise<void> {
  const { place, report, saves, signal } = measurement;
  const { project } = await makeLocalTree(place, 'ready', 'kdev');
  await makeBuildTree(project, { image: fixtureReference, large: false });
  const manifest = path.join(project, 'k8s.yaml');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(fixtureReference, 'bench-app'));
  await writeFile(path.join(project, 'dev.config.ts'), config);
  place.reporter.step('rebuild-ready: kdev watch');
  const watch = new KdevWatch(place, { project, namespace: 'bench-ready' });
  const stop = (): void => void watch.stop();
  signal.addEventListener('abort', stop);
  try {
    await watch.ready();
    const pushed: number[] = [];
    const ready: number[] = [];
    for (let number = 0; number < Math.min(saves, mostSaves); number++) {
      const start = performance.now();
      const built = watch.next(({ event, state }) => event === 'build' && state === 'done');
      const rolledOut = watch.next(({ event, state }) => event === 'rollout' && state === 'done');
      await changeTree(project);
      pushed.push((await built) - start);
      ready.push((await rolledOut) - start);
    }
    report(timing({ case: 'rebuild-ready', who: 'kdev' }, ready));
    report(timing({ case: 'rebuild-ready.pushed', who: 'kdev' }, pushed));
  } finally {
    signal.removeEventListener('abort', stop);
    await watch.stop();
  }
}
