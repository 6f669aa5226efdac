import { enterContainer } from '../observer/replicas.ts';
import { checkContainers } from './expect-answers.ts';
import { describeMs } from './report.ts';
import { sayStages } from './say-stages.ts';
import { presentReplicas, type TourScene } from './tour-scene.ts';
import type { TourStep } from './tour-step.ts';

/** The edit must end the app of every replica and leave its container, which can still be entered. */
export async function expectHeld(scene: TourScene, step: TourStep): Promise<void> {
  const { watch, files, observer, say } = scene;
  const replicas = await presentReplicas(scene);
  const from = watch.events.length;
  await step.edit(files);
  const held = await Promise.all(
    replicas.map((replica) =>
      watch.waitFor({
        event: 'app',
        from,
        fits: (event) => event.state === 'held' && event.replica === replica.pod,
        withinMs: 30_000,
        what: `the app of ${replica.pod} to end`,
      }),
    ),
  );
  const heldMs = performance.now() - files.savedAt;
  await sayStages(scene, from);
  for (const [index, replica] of replicas.entries()) {
    const answer = await observer.ask(replica, '/healthz').catch(() => undefined);
    if (answer !== undefined) {
      throw new Error(
        watch.explain(`${replica.pod} answers ${answer.status}, though its code cannot be parsed`),
      );
    }
    const uid = await enterContainer(scene.kubectl, replica);
    const code = held[index]?.exitCode;
    say(
      `   ${replica.pod}  no answer; the app ended with ${code ?? 'a signal'}; its container lets uid ${uid} in`,
    );
  }
  say(`   kdev said so ${describeMs(heldMs)} ms after the save`);
  await checkContainers(scene, replicas);
}
