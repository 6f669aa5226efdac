import type { Kubectl } from '../observer/kubectl.ts';
import type { Observer } from '../observer/observer.ts';
import { listReplicas, type Replica } from '../observer/replicas.ts';
import type { ExampleFiles } from './example-files.ts';
import type { Say } from './report.ts';
import type { Question } from './tour-step.ts';
import type { WatchProcess } from './watch-process.ts';

/** Everything a step of the tour works with. */
export interface TourScene {
  readonly files: ExampleFiles;
  readonly watch: WatchProcess;
  readonly observer: Observer;
  readonly kubectl: Kubectl;
  /** Where every kdev of the tour works. */
  readonly flags: readonly string[];
  readonly say: Say;
  /** Ends every wait. */
  readonly signal: AbortSignal;
}

/** Where kdev puts the example: a namespace of the project's name, which is its folder's. */
export const namespace = 'e2e-k8s-demo';

/** As many as the local overlay asks for. */
export const replicaCount = 2;

export async function presentReplicas(scene: TourScene): Promise<readonly Replica[]> {
  const replicas = await listReplicas(scene.kubectl, namespace);
  if (replicas.length === replicaCount) return replicas;
  const names = replicas.map((replica) => replica.pod).join(', ') || 'none';
  throw new Error(scene.watch.explain(`expected ${replicaCount} pods of the adder, found ${names}`));
}

/** Asks the replica through its own forward; throws with what it answered when that is wrong. */
export async function askRight(scene: TourScene, replica: Replica, question: Question): Promise<string> {
  const answer = await scene.observer.ask(replica, question.path).catch((cause: Error) => {
    throw new Error(scene.watch.explain(`${replica.pod} does not answer ${question.path}: ${cause.message}`));
  });
  const words = question.show(answer);
  if (question.right(answer)) return words;
  throw new Error(scene.watch.explain(`wrong answer from ${replica.pod} for ${question.path}: ${words}`));
}

/** When the replica's process began, in its own words; changes with every restart. */
export async function startOf(scene: TourScene, replica: Replica): Promise<string> {
  const answer = await scene.observer.ask(replica, '/healthz');
  const health = JSON.parse(answer.body) as { readonly started: string; readonly pod: string };
  if (health.pod !== replica.pod) {
    throw new Error(`the forward to ${replica.pod} was answered by ${health.pod}`);
  }
  return health.started;
}
