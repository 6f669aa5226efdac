import { type Kubectl, runKubectl } from './kubectl.ts';

/** One pod of the adder that is not on its way out. */
export interface Replica {
  readonly namespace: string;
  readonly pod: string;
  readonly ready: boolean;
  /** How often Kubernetes started the app's container anew. */
  readonly restarts: number;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly namespace: string;
      readonly deletionTimestamp?: string;
    };
    readonly status: {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
      readonly containerStatuses?: readonly { readonly name: string; readonly restartCount: number }[];
    };
  }[];
}

/** The adder's pods, by name. */
export async function listReplicas(kubectl: Kubectl, namespace: string): Promise<readonly Replica[]> {
  const where = ['--namespace', namespace, '--selector', 'app.kubernetes.io/name=adder'];
  const answer = await runKubectl(kubectl, ['get', 'pods', ...where, '--output=json']);
  if (answer.exitCode !== 0) throw new Error(`kubectl cannot list the adder's pods: ${answer.stderr.trim()}`);
  const { items } = JSON.parse(answer.stdout) as PodList;
  return items
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => ({
      namespace: pod.metadata.namespace,
      pod: pod.metadata.name,
      ready:
        pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
      restarts: pod.status.containerStatuses?.find(({ name }) => name === 'adder')?.restartCount ?? 0,
    }))
    .sort((one, other) => one.pod.localeCompare(other.pod));
}

/** Whether a command still runs in the replica's app container, and as whom. */
export async function enterContainer(kubectl: Kubectl, replica: Replica): Promise<string> {
  const { namespace, pod } = replica;
  const where = ['--namespace', namespace, pod, '--container', 'adder'];
  const answer = await runKubectl(kubectl, ['exec', ...where, '--', 'id', '-u']);
  if (answer.exitCode !== 0) throw new Error(`kubectl exec into ${pod} failed: ${answer.stderr.trim()}`);
  return answer.stdout.trim();
}
