import { meaning } from '../core/error.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { Finding } from './finding.ts';

type Found = Omit<Finding, 'area' | 'check'>;

const enforceLabel = 'pod-security.kubernetes.io/enforce';

/** The PodSecurity level that a namespace enforces; undefined where it says none. */
function levelOf(namespace: KubernetesObject): string | undefined {
  return namespace.metadata.labels?.[enforceLabel];
}

function look(cluster: Pick<Cluster, 'get'>, name: string): Promise<KubernetesObject | 'hidden' | undefined> {
  const reference = { apiVersion: 'v1', kind: 'Namespace', name };
  return cluster.get(reference).catch(meaning('cluster-forbidden', 'hidden' as const));
}

/** What is lacking in it is said by the permissions. */
function hidden(name: string): Found {
  return {
    status: 'skipped',
    says: `You may not see the namespace ${name}: its PodSecurity level is not known.`,
  };
}

/** The app's namespace: whether it is there, and what its pods may be. */
export async function checkAppNamespace(
  cluster: Pick<Cluster, 'get'>,
  name: string,
  mayCreate: () => Promise<boolean>,
): Promise<Found> {
  const found = await look(cluster, name);
  if (found === 'hidden') return hidden(name);
  if (found === undefined) {
    if (await mayCreate())
      return { status: 'ok', says: `The namespace ${name} is not there yet; kdev makes it.` };
    return {
      status: 'fail',
      says: `The namespace ${name} is not there, and you may not make it.`,
      cure: `Ask an administrator: kubectl create namespace ${name}`,
    };
  }
  if (found.metadata['deletionTimestamp'] !== undefined) {
    return {
      status: 'fail',
      says: `The namespace ${name} is being deleted.`,
      cure: 'Wait until it has gone, or see what holds it: kubectl get namespace -o yaml.',
    };
  }
  const level = levelOf(found);
  const enforced = level === undefined ? 'enforces no PodSecurity level' : `enforces PodSecurity ${level}`;
  return {
    status: 'ok',
    says: `The namespace ${name} ${enforced}; kdev's sidecar takes the app's own identity in it.`,
  };
}

/** The builder's namespace: BuildKit without root needs what the level `baseline` forbids. */
export async function checkBuilderNamespace(
  cluster: Pick<Cluster, 'get'>,
  name: string,
  mayCreate: () => Promise<boolean>,
  manifest: string,
): Promise<Found> {
  const found = await look(cluster, name);
  if (found === 'hidden') return hidden(name);
  if (found === undefined) {
    if (await mayCreate()) {
      return { status: 'ok', says: `The namespace ${name} is not there yet; the first build makes it.` };
    }
    return {
      status: 'fail',
      says: `The namespace ${name}, in which images are built, is not there, and you may not make it.`,
      cure: 'Ask an administrator to apply this:',
      manifest,
    };
  }
  const level = levelOf(found) ?? 'none';
  if (level === 'none' || level === 'privileged') {
    return { status: 'ok', says: `Pods of the namespace ${name} may be what BuildKit without root needs.` };
  }
  return {
    status: 'fail',
    says: `The namespace ${name} enforces PodSecurity ${level}, which forbids BuildKit without root.`,
    cure: `Ask an administrator: kubectl label --overwrite namespace ${name} ${enforceLabel}=privileged`,
  };
}
