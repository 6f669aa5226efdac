import { KdevError } from '../core/error.ts';
import type { Cluster, PodFacts } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';

export interface ReplicaQuery {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly service: Service;
  readonly signal: AbortSignal;
}

/**
 * The pods that a service has at this moment, those that are ending left out; empty also where its workload is not
 * there.
 *
 * @throws KdevError `cluster-failed` when the cluster does not say; the signal's reason.
 */
export function listReplicas({
  cluster,
  namespace,
  service,
  signal,
}: ReplicaQuery): Promise<readonly PodFacts[]> {
  const enough = new AbortController();
  return new Promise<readonly PodFacts[]>((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    cluster.watchPods({
      namespace,
      workload: service.workload,
      signal: AbortSignal.any([signal, enough.signal]),
      onPods: (pods) => resolve(pods.filter(({ deleting }) => !deleting)),
      onTrouble: (why) =>
        reject(
          new KdevError({
            code: 'cluster-failed',
            fault: 'environment',
            what: `The pods of service ${service.name} could not be listed.`,
            why,
            cure: 'Try again; with --context another cluster is asked.',
          }),
        ),
    });
  }).finally(() => enough.abort());
}

/**
 * The replica that a command works in: the named one, else a ready one, else one whose container runs; with the
 * container that is the service's.
 *
 * @throws KdevError `replica-none`, `replica-unknown`, `container-unknown`.
 */
export async function chooseReplica(
  query: ReplicaQuery & { readonly replica?: string | undefined },
): Promise<{ readonly pod: PodFacts; readonly container: string }> {
  const { service, replica } = query;
  const pods = await listReplicas(query);
  if (pods.length === 0) throw noReplica(query);
  const named = replica === undefined ? undefined : pods.find(({ name }) => name === replica);
  if (replica !== undefined && !named) {
    throw new KdevError({
      code: 'replica-unknown',
      fault: 'user',
      what: `Service ${service.name} has no replica "${replica}".`,
      why: `It has: ${pods.map(({ name }) => name).join(', ')}.`,
      cure: 'Name one of them, or leave --replica out.',
    });
  }
  const pod = named ?? pods.find(({ ready }) => ready) ?? pods.find(isRunning) ?? pods[0];
  if (!pod) throw noReplica(query);
  return { pod, container: containerOf(pod, service) };
}

/** @throws KdevError `container-unknown`, which lists those that there are. */
export function containerOf(pod: PodFacts, service: Service): string {
  const names = Object.keys(pod.containers);
  const wanted = service.container ?? (names.length === 1 ? names[0] : service.name);
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  throw new KdevError({
    code: 'container-unknown',
    fault: 'user',
    what: `Pod ${pod.name} has no container called "${wanted}".`,
    why: names.length === 0 ? 'None of its containers has been made yet.' : `It has: ${names.join(', ')}.`,
    cure: `Set "container" of service "${service.name}" to one of them, or wait until the pod has started.`,
  });
}

function isRunning(pod: PodFacts): boolean {
  return Object.values(pod.containers).some(({ state }) => state === 'running');
}

function noReplica({ service, namespace }: ReplicaQuery): KdevError {
  const { kind, name } = service.workload;
  return new KdevError({
    code: 'replica-none',
    fault: 'environment',
    what: `Service ${service.name} has no pod: ${kind} ${name} in namespace ${namespace} is not there or has none.`,
    cure: 'Bring it up with kdev up or kdev watch.',
  });
}
