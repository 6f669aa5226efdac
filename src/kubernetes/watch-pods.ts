import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { WorkloadReference } from '../core/service.ts';
import type { ApiClient } from './api-client.ts';
import { followObjects } from './follow-objects.ts';
import { formatSelector, type LabelSelector } from './label-selector.ts';
import { controllerOf, type Pod } from './pod.ts';
import { readPodFacts } from './pod-facts.ts';

type WatchPodsOptions = Parameters<Cluster['watchPods']>[0];

const collections: Readonly<Record<WorkloadReference['kind'], { root: string; plural: string }>> = {
  Deployment: { root: '/apis/apps/v1', plural: 'deployments' },
  StatefulSet: { root: '/apis/apps/v1', plural: 'statefulsets' },
  DaemonSet: { root: '/apis/apps/v1', plural: 'daemonsets' },
  Job: { root: '/apis/batch/v1', plural: 'jobs' },
  Pod: { root: '/api/v1', plural: 'pods' },
};

/**
 * Follows the workload itself and, below each life of it (uid), its pods; a Deployment's through its ReplicaSets.
 * Labels only narrow what is fetched; what counts is who owns the pod.
 */
export function watchPods(client: ApiClient, options: WatchPodsOptions): void {
  const { namespace, workload, signal } = options;
  let said: string | undefined;
  // The next sign of life is news even where the pods are what they were.
  const onWake = (): void => {
    said = undefined;
  };
  const onTrouble = (why: string): void => {
    onWake();
    options.onTrouble(why);
  };
  const say = (pods: readonly KubernetesObject[]): void => {
    const sorted = [...pods].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const facts = sorted.map((pod) => readPodFacts(pod as Pod));
    const text = JSON.stringify(facts);
    if (text === said) return;
    said = text;
    options.onPods(facts);
  };
  const { root, plural } = collections[workload.kind];
  let life: { readonly uid: string; readonly end: AbortController } | undefined;

  followObjects(client, {
    path: `${root}/namespaces/${namespace}/${plural}`,
    selectors: { fieldSelector: `metadata.name=${workload.name}` },
    action: { resource: plural, namespace },
    signal,
    onTrouble,
    onWake,
    onObjects: ([object]) => {
      if (workload.kind === 'Pod') return say(object ? [object] : []);
      const uid = object && String(object.metadata['uid']);
      if (uid !== undefined && uid === life?.uid) return;
      life?.end.abort();
      life = undefined;
      if (object === undefined || uid === undefined) return say([]);
      const end = new AbortController();
      life = { uid, end };
      followOwned(
        client,
        { ...options, onTrouble, onWake, signal: AbortSignal.any([signal, end.signal]) },
        object,
        uid,
        say,
      );
    },
  });
}

function followOwned(
  client: ApiClient,
  { namespace, workload, signal, onTrouble, onWake }: WatchPodsOptions & { readonly onWake: () => void },
  object: KubernetesObject,
  uid: string,
  say: (pods: readonly KubernetesObject[]) => void,
): void {
  const labelSelector = formatSelector((object['spec'] as { selector?: LabelSelector }).selector ?? {});
  const direct = workload.kind !== 'Deployment';
  let owners: ReadonlySet<string> | undefined = direct ? new Set([uid]) : undefined;
  let pods: readonly KubernetesObject[] | undefined;
  const update = (): void => {
    const known = owners;
    if (known && pods) say(pods.filter((pod) => known.has(controllerOf(pod)?.uid ?? '')));
  };
  const common = { selectors: { labelSelector }, signal, onTrouble, onWake };

  if (!direct) {
    followObjects(client, {
      ...common,
      path: `/apis/apps/v1/namespaces/${namespace}/replicasets`,
      action: { resource: 'replicasets', namespace },
      onObjects: (sets) => {
        const own = sets.filter((set) => controllerOf(set)?.uid === uid);
        owners = new Set(own.map((set) => String(set.metadata['uid'])));
        update();
      },
    });
  }
  followObjects(client, {
    ...common,
    path: `/api/v1/namespaces/${namespace}/pods`,
    action: { resource: 'pods', namespace },
    onObjects: (found) => {
      pods = found;
      update();
    },
  });
}
