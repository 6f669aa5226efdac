import type { Clock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { Cluster, PodFacts } from '../core/ports/cluster.ts';
import { type Memory, readMemory } from './container-memory.ts';
import type { ContainerPlace } from './run-in-container.ts';

/** The kubelet tells of a container's end about a second later, on a busy node some seconds. */
const newsWithinMs = 10_000;
const pollMs = 200;

/**
 * Why a suite came to no verdict: what became of its pod and container meanwhile, else what the container's memory
 * controller counted, else `otherwise`.
 *
 * @param before the pod as it was when the suite began
 * @param look the pod as it is now; undefined when it is gone
 */
export async function explainEnd(options: {
  readonly cluster: Pick<Cluster, 'exec'>;
  readonly place: ContainerPlace;
  readonly suite: string;
  readonly before: PodFacts;
  readonly look: () => Promise<PodFacts | undefined>;
  readonly clock: Clock;
  /** Ended by KILL, as an exit code tells it. */
  readonly killed: boolean;
  /** What the memory controller had counted when the suite began. */
  readonly memoryBefore: Promise<Memory | undefined>;
  readonly otherwise: KdevError;
}): Promise<KdevError> {
  const { cluster, place, suite, before, look, clock, killed, memoryBefore, otherwise } = options;
  // Whoever was killed alone lives in a container that can be asked, so that nobody has to wait for news.
  const memory = killed ? await readMemory(cluster, place) : undefined;
  if (memory && memory.kills > ((await memoryBefore)?.kills ?? 0)) {
    return outOfMemory(suite, place, memory.limitBytes);
  }
  const deadline = clock.monotonic() + newsWithinMs;
  const late = new Promise<'late'>((resolve) => clock.after(newsWithinMs, () => resolve('late')));
  for (;;) {
    // A cluster that does not answer, or answers with an error, tells nothing.
    const now = await Promise.race([late, look().catch(() => 'late' as const)]);
    if (now === 'late') return otherwise;
    const found = whatBecame(before, now, place, suite);
    if (found) return found;
    if (clock.monotonic() > deadline) return otherwise;
    await new Promise<void>((resolve) => clock.after(pollMs, resolve));
  }
}

function whatBecame(
  before: PodFacts,
  now: PodFacts | undefined,
  { pod, container }: ContainerPlace,
  suite: string,
): KdevError | undefined {
  if (now === undefined || now.uid !== before.uid || now.deleting) {
    return new KdevError({
      code: 'test-replica-gone',
      fault: 'environment',
      what: `The pod ${pod} was deleted while "${suite}" ran in it.`,
      why: 'A rollout, a node that was drained or somebody with kubectl does that.',
      cure: 'Run it again; another replica takes its place.',
    });
  }
  const [was, is] = [before.containers[container], now.containers[container]];
  if (was?.containerId === is?.containerId && is?.state === 'running') return undefined;
  const reason = is?.reason === undefined ? '' : ` (${is.reason})`;
  return new KdevError({
    code: 'test-replica-gone',
    fault: 'environment',
    what: `The container ${container} of ${pod} ended while "${suite}" ran in it${reason}.`,
    ...(now.trouble !== undefined && { why: `${now.trouble}.` }),
    cure: `Look what ended it with kdev logs and kubectl describe pod ${pod}, then run it again.`,
  });
}

function outOfMemory(
  suite: string,
  { pod, container }: ContainerPlace,
  bytes: number | undefined,
): KdevError {
  const limit = bytes === undefined ? 'limit' : `limit of ${Math.round(bytes / 1024 / 1024)} MiB`;
  return new KdevError({
    code: 'test-out-of-memory',
    fault: 'environment',
    what: `"${suite}" was killed for want of memory in ${pod}.`,
    why: `The container ${container} has reached its memory ${limit}, which the suite shares with the app.`,
    cure: 'Raise resources.limits.memory of the container, or let the suite take less.',
  });
}
