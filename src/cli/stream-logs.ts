import { hasCode, KdevError } from '../core/error.ts';
import type { LoggedLine, PodFacts } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import { mergeByTime } from './merge-by-time.ts';
import { chooseReplica, containerOf, listReplicas, type ReplicaQuery } from './replicas.ts';

export interface LogReading extends Omit<ReplicaQuery, 'service'> {
  readonly services: readonly Service[];
  /** Only this pod. */
  readonly replica?: string | undefined;
  readonly tail?: number | undefined;
  readonly sinceMs?: number | undefined;
  /** What ran before the last restart. */
  readonly previous: boolean;
  readonly onLines: (
    lines: readonly LoggedLine[],
    from: { readonly service: string; readonly replica: string },
  ) => void | Promise<void>;
}

/**
 * Reads what the replicas of some services have printed so far, all of them in one order by time.
 *
 * @throws KdevError `replica-none`, `replica-unknown`, `log-none` where a container that is asked for has none; those
 * of the cluster.
 */
export async function readPresentLogs(options: LogReading): Promise<void> {
  const { cluster, namespace, services, signal, tail, sinceMs, previous, onLines } = options;
  const found = await Promise.all(services.map((service) => podsOf(options, service)));
  const logs = found.flat().map(({ service, pod }) => ({
    from: { service: service.name, replica: pod.name },
    batches: cluster.logs({
      ...{
        namespace,
        pod: pod.name,
        uid: pod.uid,
        container: containerOf(pod, service),
        follow: false,
        signal,
      },
      ...(previous && { previous }),
      ...(tail !== undefined && { tail }),
      ...(sinceMs !== undefined && { sinceMs }),
    }),
  }));
  try {
    for await (const lines of mergeByTime(logs)) {
      for (const { from, run } of runsOf(lines)) await onLines(run, from);
    }
  } catch (error) {
    if (previous && isNotThere(error)) throw noPrevious(error as KdevError);
    throw error;
  }
}

async function podsOf(
  options: LogReading,
  service: Service,
): Promise<readonly { readonly service: Service; readonly pod: PodFacts }[]> {
  const { cluster, namespace, signal, replica, services } = options;
  const query = { cluster, namespace, service, signal };
  if (replica !== undefined && services.length === 1) {
    return [{ service, pod: (await chooseReplica({ ...query, replica })).pod }];
  }
  const pods = await listReplicas(query);
  if (pods.length === 0) {
    throw new KdevError({
      code: 'replica-none',
      fault: 'environment',
      what: `Service ${service.name} has no pod in namespace ${namespace}.`,
      cure: 'Bring it up with kdev up or kdev watch.',
    });
  }
  return pods
    .filter(({ name }) => replica === undefined || name === replica)
    .map((pod) => ({ service, pod }));
}

/** Neighbours from one source together. */
function runsOf<Source>(
  lines: readonly (LoggedLine & { readonly from: Source })[],
): readonly { readonly from: Source; readonly run: readonly LoggedLine[] }[] {
  const runs: { from: Source; run: LoggedLine[] }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.from === line.from) last.run.push(line);
    else runs.push({ from: line.from, run: [line] });
  }
  return runs;
}

function isNotThere(error: unknown): boolean {
  return hasCode(error, 'cluster-rejected');
}

function noPrevious(error: KdevError): KdevError {
  return new KdevError({
    code: 'log-none',
    fault: 'environment',
    what: 'There is no log of a container before the present one.',
    ...(error.why !== undefined && { why: error.why }),
    cure: 'Leave --previous out: kdev restarts the app within its container, whose log goes on.',
    cause: error,
  });
}
