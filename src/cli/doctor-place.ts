import { hasCode, KdevError } from '../core/error.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { Environment } from '../core/service.ts';
import { type Check, failedBy } from '../doctor/finding.ts';
import { readContexts } from '../kubernetes/kubeconfig.ts';
import type { Invocation } from './command.ts';
import { openCluster } from './open-cluster.ts';
import { type OpenProject, openProject } from './open-project.ts';

/** What there is to look at: each part may be missing, and `checks` then say why. */
export interface DoctorPlace {
  readonly opened?: OpenProject;
  readonly cluster?: Cluster;
  /** Where the app is, or would be. */
  readonly namespace: string;
  /** Why a box may be wanted; undefined where none is. */
  readonly boxWanted?: string;
  readonly checks: readonly Check[];
}

/** Finds the project and its cluster, or, without a project, the cluster of the kubeconfig. */
export async function findDoctorPlace(invocation: Invocation): Promise<DoctorPlace> {
  const { flags, surroundings } = invocation;
  const project = await openQuietly(invocation);
  const environment = project.opened?.environment ?? {
    target:
      flags.context === undefined
        ? ({ type: 'default' } as const)
        : ({ type: 'context', context: flags.context } as const),
  };
  const namespace = flags.namespace ?? project.opened?.environment.namespace ?? 'default';
  const contexts = await readContexts({ type: 'default' }, surroundings.env).catch(() => undefined);
  const boxWanted = whyBox(environment, project.opened, contexts?.current !== undefined);
  const found = await openClusterQuietly(environment, project.opened, boxWanted !== undefined, invocation);
  return {
    ...(project.opened && { opened: project.opened }),
    ...(found.cluster && { cluster: found.cluster }),
    namespace,
    ...(boxWanted !== undefined && { boxWanted }),
    checks: [project.check, ...(found.check ? [found.check] : [])],
  };
}

async function openQuietly(
  invocation: Invocation,
): Promise<{ readonly opened?: OpenProject; readonly check: Check }> {
  const named = { area: 'project', check: 'config' } as const;
  try {
    const opened = await openProject(invocation);
    const { environment, project } = opened;
    const says = `The configuration of ${project.name} is valid; the environment is ${environment.name}.`;
    return { opened, check: { ...named, run: async () => ({ status: 'ok', says }) } };
  } catch (error) {
    invocation.signal.throwIfAborted();
    if (
      error instanceof KdevError &&
      error.code === 'config-missing' &&
      invocation.flags.config === undefined
    ) {
      const says = 'There is no project here: what its manifests and its registry take was not looked at.';
      const cure = 'In a folder with Dockerfile and manifests, kdev init writes a dev.config.ts.';
      return { check: { ...named, run: async () => ({ status: 'skipped', says, cure }) } };
    }
    return { check: { ...named, run: async () => failedBy(error) } };
  }
}

function whyBox(
  { target }: Pick<Environment, 'target'>,
  opened: OpenProject | undefined,
  hasContext: boolean,
): string | undefined {
  switch (target.type) {
    case 'box':
      return `the environment ${opened?.environment.name ?? ''} is in the box ${target.box}`;
    case 'context':
      return undefined;
    case 'default':
      return hasContext ? undefined : 'there is no kubeconfig, so that kdev makes a box';
    default:
      return target satisfies never;
  }
}

async function openClusterQuietly(
  environment: Pick<Environment, 'target'>,
  opened: OpenProject | undefined,
  boxWanted: boolean,
  invocation: Invocation,
): Promise<{ readonly cluster?: Cluster; readonly check?: Check }> {
  const named = { area: 'cluster', check: 'cluster-reachable' } as const;
  try {
    return { cluster: (await openCluster(environment, invocation, false)).cluster };
  } catch (error) {
    invocation.signal.throwIfAborted();
    if (boxWanted && hasCode(error, 'box-unknown')) {
      const makes = opened === undefined ? 'kdev box create NAME makes one' : 'kdev up makes it';
      const says = `The box is not there yet (${makes}): permissions, registry and builder were not looked at.`;
      return { check: { ...named, run: async () => ({ status: 'skipped', says }) } };
    }
    return { check: { ...named, run: async () => failedBy(error) } };
  }
}
