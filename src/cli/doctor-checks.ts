import { cacheRoot } from '../artifacts/cache-root.ts';
import { stateRoot } from '../box/state-root.ts';
import { builderManifest } from '../build/builder-manifest.ts';
import { findOwner } from '../build/builder-owner.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import { boxChecks } from '../doctor/box-checks.ts';
import { checkServer } from '../doctor/cluster-checks.ts';
import type { Check } from '../doctor/finding.ts';
import { inotifyCheck } from '../doctor/inotify.ts';
import { thisMachine } from '../doctor/machine.ts';
import { machineChecks } from '../doctor/machine-checks.ts';
import { checkAppNamespace, checkBuilderNamespace } from '../doctor/namespaces.ts';
import { needsOfKinds } from '../doctor/needs.ts';
import { checkAppRights, checkBuilderRights, checkWishes, findMissing } from '../doctor/permissions.ts';
import type { Invocation } from './command.ts';
import { boxFacts } from './doctor-boxes.ts';
import type { DoctorPlace } from './doctor-place.ts';
import { registryCheck } from './doctor-registry.ts';
import { renderEnvironment } from './render-environment.ts';

/** Everything that kdev doctor looks at here, in the order in which one thing needs the other. */
export function doctorChecks(place: DoctorPlace, invocation: Invocation): readonly Check[] {
  const { env } = invocation.surroundings;
  const machine = thisMachine(env);
  const { boxWanted, checks, cluster } = place;
  return [
    ...machineChecks(machine, { cache: cacheRoot(env), state: stateRoot(env) }),
    inotifyCheck(machine),
    ...(boxWanted === undefined ? [noBox] : boxChecks(machine, boxFacts(boxWanted, invocation))),
    ...checks,
    ...(cluster ? clusterChecks(place, cluster, invocation) : []),
  ];
}

const noBox: Check = {
  area: 'boxes',
  check: 'box-machine',
  run: async () => ({
    status: 'skipped',
    says: 'What a box takes was not looked at: the cluster is one of the kubeconfig.',
  }),
};

function clusterChecks(
  { namespace, opened }: DoctorPlace,
  cluster: Cluster,
  invocation: Invocation,
): readonly Check[] {
  const builderNamespace = opened?.project.builder.namespace ?? 'kdev-builder';
  const person = async (): Promise<string | undefined> => (await findOwner(cluster)).user;
  const manifest = async (): Promise<string> =>
    builderManifest({ namespace: builderNamespace, user: await person() });
  const mayMakeNamespace = async (): Promise<boolean> => {
    const need = { group: '', resource: 'namespaces', verbs: ['create', 'patch'] };
    return (await findMissing(cluster, [need])).length === 0;
  };
  const builds = opened === undefined || opened.project.services.some(({ build }) => build !== undefined);
  return [
    { area: 'cluster', check: 'cluster-reachable', run: () => checkServer(cluster) },
    {
      area: 'permissions',
      check: 'app-permissions',
      run: async () => {
        const rendered =
          opened === undefined ? [] : needsOfKinds(await renderEnvironment(opened, invocation));
        const project = opened?.project.name;
        return checkAppRights(cluster, { namespace, person: await person(), project, rendered });
      },
    },
    {
      area: 'permissions',
      check: 'cluster-permissions',
      run: async () => checkWishes(cluster, await person()),
    },
    {
      area: 'cluster',
      check: 'app-namespace',
      run: () => checkAppNamespace(cluster, namespace, mayMakeNamespace),
    },
    ...(builds
      ? ([
          {
            area: 'builder',
            check: 'builder-permissions',
            run: async () => checkBuilderRights(cluster, builderNamespace, await person(), await manifest()),
          },
          {
            area: 'builder',
            check: 'builder-namespace',
            run: async () =>
              checkBuilderNamespace(cluster, builderNamespace, mayMakeNamespace, await manifest()),
          },
        ] satisfies Check[])
      : []),
    ...(opened ? [registryCheck({ cluster, ...opened }, invocation)] : []),
  ];
}
