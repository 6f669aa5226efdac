import { setTimeout as pause } from 'node:timers/promises';
import { listReplicas, type Replica } from '../observer/replicas.ts';
import { describeSeconds } from './report.ts';
import { askRight, namespace, presentReplicas, replicaCount, type TourScene } from './tour-scene.ts';
import type { Expectation, TourStep } from './tour-step.ts';

const buildMs = 120_000;
const rolloutMs = 90_000;

/** The edit must bring new pods that answer right, in place of all the old ones. */
export async function expectRollout(
  scene: TourScene,
  step: TourStep,
  expectation: Extract<Expectation, { kind: 'rolled-out' }>,
): Promise<void> {
  const { watch, files, say } = scene;
  const old = await presentReplicas(scene);
  const from = watch.events.length;
  await step.edit(files);
  const build = await watch.waitFor({
    event: 'build',
    from,
    fits: ({ state }) => state !== 'started',
    withinMs: buildMs,
    what: 'the image',
  });
  if (build.state === 'failed') throw new Error(watch.explain(`the build failed: ${build.reason}`));
  say(`   kdev  ${build.reason}: image ${build.state} in ${describeSeconds(build.ms ?? 0)}`);
  // "stuck" is no end: what keeps a rollout back may go away by itself within the deadline.
  const rollout = await watch.waitFor({
    event: 'rollout',
    from,
    fits: ({ state }) => state === 'done',
    withinMs: rolloutMs,
    what: 'the rollout',
  });
  say(`   kdev  rolled out in ${describeSeconds(rollout.ms ?? 0)}`);
  for (const replica of await newReplicas(scene, old)) {
    const words: string[] = [];
    for (const question of expectation.questions) words.push(await askRight(scene, replica, question));
    const after = describeSeconds(performance.now() - files.savedAt);
    say(`   ${replica.pod}  ${words.join(', ')}  right ${after} after the save`);
  }
}

async function newReplicas(scene: TourScene, old: readonly Replica[]): Promise<readonly Replica[]> {
  const before = new Set(old.map((replica) => replica.pod));
  const began = performance.now();
  for (;;) {
    scene.signal.throwIfAborted();
    const replicas = await listReplicas(scene.kubectl, namespace);
    const fresh = replicas.filter((replica) => !before.has(replica.pod) && replica.ready);
    if (fresh.length === replicaCount && replicas.length === replicaCount) return fresh;
    if (performance.now() - began > 30_000) {
      const names = replicas.map(({ pod, ready }) => `${pod}${ready ? '' : ' (not ready)'}`).join(', ');
      throw new Error(scene.watch.explain(`the rollout is over, but the pods are ${names}`));
    }
    await pause(100);
  }
}
