import type { Cluster } from '../core/ports/cluster.ts';
import { type ApiClient, readText } from './api-client.ts';
import type { Pod } from './pod.ts';

/** What a follower of a log has to know of its container, as the API server tells it at one moment. */
export interface LoggedContainer {
  /** Of the present container; absent before there is one. */
  readonly id: string | undefined;
  readonly running: boolean;
  /** How many containers the present one has replaced. */
  readonly restarts: number;
  readonly podEnded: boolean;
  /** The pod's name is another one's now. */
  readonly otherPod: boolean;
  /** The server's clock, RFC 3339 in whole seconds; absent where it does not tell. */
  readonly at: string | undefined;
}

export async function readLoggedContainer(
  client: ApiClient,
  { namespace, pod, uid, container, signal }: Parameters<Cluster['logs']>[0],
): Promise<LoggedContainer> {
  const response = await client.request({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods/${pod}`,
    action: { verb: 'get', resource: 'pods', name: pod, namespace },
    signal,
  });
  const { metadata, status } = JSON.parse(await readText(response)) as Partial<Pod>;
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const found = all.find(({ name }) => name === container);
  const clock = Date.parse(response.headers.date ?? '');
  return {
    id: found?.containerID,
    running: found?.state?.running !== undefined,
    restarts: found?.restartCount ?? 0,
    podEnded: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    otherPod: uid !== undefined && metadata !== undefined && metadata['uid'] !== uid,
    at: Number.isNaN(clock) ? undefined : new Date(clock).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}
