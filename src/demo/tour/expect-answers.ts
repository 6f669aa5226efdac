import { setTimeout as pause } from 'node:timers/promises';
import type { Replica } from '../observer/replicas.ts';
import { describeMs } from './report.ts';
import { sayStages } from './say-stages.ts';
import { askRight, presentReplicas, startOf, type TourScene } from './tour-scene.ts';
import type { Expectation, Question, TourStep } from './tour-step.ts';

const deadlineMs = 30_000;

/** The edit must turn every replica's answers right, in the same container, by the same process or a new one. */
export async function expectAnswers(
  scene: TourScene,
  step: TourStep,
  expectation: Extract<Expectation, { kind: 'answers' }>,
): Promise<void> {
  const { files, watch, say } = scene;
  const replicas = await presentReplicas(scene);
  const starts = await Promise.all(
    replicas.map((replica) => startOf(scene, replica).catch(() => 'not running')),
  );
  const from = watch.events.length;
  const enough = new AbortController();
  const firstRight = replicas.map((replica) =>
    watchForRight(scene, { replica, questions: expectation.questions, signal: enough.signal }),
  );
  // One that fails while the edit is still being made is heard below.
  for (const moment of firstRight) moment.catch(() => undefined);
  try {
    await step.edit(files);
    const seen = await Promise.all(firstRight);
    await sayStages(scene, from);
    for (const [index, replica] of replicas.entries()) {
      const words: string[] = [];
      for (const question of expectation.questions) words.push(await askRight(scene, replica, question));
      const after = (seen[index] ?? 0) - files.savedAt;
      say(`   ${replica.pod}  ${words.join(', ')}  right ${describeMs(after)} ms after the save`);
      await checkProcess(scene, replica, expectation.process, starts[index] ?? '');
    }
  } finally {
    enough.abort();
    await Promise.allSettled(firstRight);
  }
  await checkContainers(scene, replicas);
}

/** Resolves with the moment, by `performance.now()`, at which all answers were right. */
async function watchForRight(
  scene: TourScene,
  watched: {
    readonly replica: Replica;
    readonly questions: readonly Question[];
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const { replica, questions } = watched;
  const signal = AbortSignal.any([watched.signal, scene.signal]);
  const began = performance.now();
  let last = 'nothing';
  while (performance.now() - began < deadlineMs) {
    signal.throwIfAborted();
    let right = 0;
    for (const question of questions) {
      try {
        const answer = await scene.observer.glance(replica, question.path);
        last = question.show(answer);
        if (!question.right(answer)) break;
        right += 1;
      } catch (thrown) {
        last = thrown instanceof Error ? thrown.message : String(thrown);
        break;
      }
    }
    if (right === questions.length) return performance.now();
    await pause(pauseAfter(performance.now() - began));
  }
  throw new Error(
    scene.watch.explain(`wrong answer from ${replica.pod}: ${last}, ${deadlineMs / 1000} s after the save`),
  );
}

/** Every 3 ms at first; later every 20 ms, because asking takes processor time from the app that is starting. */
function pauseAfter(elapsedMs: number): number {
  return Math.min(20, Math.max(3, elapsedMs / 20));
}

async function checkProcess(
  scene: TourScene,
  replica: Replica,
  wanted: 'same' | 'new',
  before: string,
): Promise<void> {
  const after = await startOf(scene, replica);
  const was = after === before ? 'same' : 'new';
  if (was === wanted) return;
  throw new Error(
    scene.watch.explain(
      `${replica.pod} has the ${was} process (started ${before}, then ${after}); wanted the ${wanted} one`,
    ),
  );
}

/** No pod was replaced and no container was started anew. */
export async function checkContainers(scene: TourScene, before: readonly Replica[]): Promise<void> {
  const after = await presentReplicas(scene);
  for (const [index, replica] of before.entries()) {
    const now = after[index];
    if (now?.pod === replica.pod && now.restarts === replica.restarts) continue;
    throw new Error(
      scene.watch.explain(
        `the container of ${replica.pod} did not last: ${now?.pod ?? 'no pod'}, ${now?.restarts} restarts`,
      ),
    );
  }
}
