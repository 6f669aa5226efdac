import { hasCode, KdevError } from '../core/error.ts';
import { secretKeys } from '../core/pod-layout.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { WorkloadReference } from '../core/service.ts';
import { workloadSecret, workloadSecretName } from '../inject/workload-secret.ts';
import { generateKeys } from '../transport/keys.ts';

/** What a session needs in order to speak to a workload's agents. */
export interface WorkloadKeys {
  /** One line, OpenSSH format; the only host key that is accepted. */
  readonly hostPublicKey: string;
  /** Private, OpenSSH format. */
  readonly clientKey: string;
  /** This session's term; higher than that of every session before. */
  readonly term: number;
}

const tries = 5;

/** Makes the workload's Secret unless it is there; its keys and term floor then stay. */
export async function ensureWorkloadSecret(options: {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly project: string;
  readonly workload: WorkloadReference;
}): Promise<void> {
  const { cluster, namespace, project, workload } = options;
  if ((await readSecret(options)) !== undefined) return;
  const keys = generateKeys();
  try {
    await cluster.create(workloadSecret({ workload, namespace, project, keys, term: 0 }));
  } catch (error) {
    // Somebody else made it between the two calls; theirs is as good.
    if (!isConflict(error)) throw error;
  }
}

/**
 * Begins a new term: writes a higher floor into the Secret before anything is dialled, so that agents born later start
 * with it, and returns what is needed to dial.
 */
export async function beginTerm(options: {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly workload: WorkloadReference;
  /** No term up to this one is taken again. @default 0 */
  readonly above?: number;
}): Promise<WorkloadKeys> {
  for (let attempt = 1; ; attempt++) {
    const secret = await readSecret(options);
    if (secret === undefined) throw secretMissing(options.namespace, options.workload);
    const term = Math.max(Number(read(secret, secretKeys.term)), options.above ?? 0) + 1;
    try {
      await options.cluster.patch(reference(options), {
        metadata: { resourceVersion: secret.metadata['resourceVersion'] },
        data: { [secretKeys.term]: Buffer.from(String(term)).toString('base64') },
      });
      return {
        hostPublicKey: read(secret, secretKeys.hostPublicKey),
        clientKey: read(secret, secretKeys.clientKey),
        term,
      };
    } catch (error) {
      if (!isConflict(error) || attempt >= tries) throw error;
    }
  }
}

function readSecret(options: Parameters<typeof reference>[0] & { readonly cluster: Cluster }) {
  return options.cluster.get(reference(options));
}

function reference({ namespace, workload }: { namespace: string; workload: WorkloadReference }) {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name: workloadSecretName(workload) };
}

function read(secret: KubernetesObject, key: string): string {
  const data = secret['data'] as Readonly<Record<string, string>> | undefined;
  return Buffer.from(data?.[key] ?? '', 'base64').toString();
}

function isConflict(error: unknown): boolean {
  return hasCode(error, 'cluster-conflict');
}

function secretMissing(namespace: string, workload: WorkloadReference): KdevError {
  return new KdevError({
    code: 'workload-secret-missing',
    fault: 'environment',
    what: `The Secret ${workloadSecretName(workload)} in namespace ${namespace} is gone.`,
    why: 'It holds the keys of the sidecar; without it nobody can connect.',
    cure: 'Run `kdev up`, which makes it and starts pods that have the new keys.',
  });
}
