import { setMaxListeners } from 'node:events';
import { createBuildQueue } from '../compose/build-queue.ts';
import { tellBuild } from '../compose/tell-build.ts';
import type { Service } from '../core/service.ts';
import type { BuildWish } from './build-wish.ts';
import type { Invocation } from './command.ts';
import { openBuilder } from './open-builder.ts';
import { openCluster } from './open-cluster.ts';
import type { OpenProject } from './open-project.ts';

/**
 * Builds and pushes; reads no workload and writes none. The first build that fails ends the others.
 *
 * @throws what opening the cluster and building throw
 */
export async function buildAlone(
  { project, environment }: OpenProject,
  wish: BuildWish,
  invocation: Invocation,
): Promise<void> {
  const { bus, reporter, signal } = invocation;
  const { force, push, target } = wish;
  const { cluster } = await openCluster(environment, invocation, true);
  const builder = openBuilder({ cluster, project, environment, invocation });
  const queue = createBuildQueue(project.services);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  setMaxListeners(0, either);
  const buildOne = async ({ name, build }: Service): Promise<void> => {
    either.throwIfAborted();
    if (build === undefined) return;
    try {
      await tellBuild({
        builder,
        request: {
          ...{ service: name, projectRoot: project.root, force, reporter, signal: either },
          build: { ...build, ...(target !== undefined && { target }) },
          ...(push !== undefined && { pushAs: push }),
        },
        reason: 'somebody asked for it',
        bus,
      });
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  await Promise.allSettled(wish.services.map((service) => queue.add(service, () => buildOne(service))));
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
}
