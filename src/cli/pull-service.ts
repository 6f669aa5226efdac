import path from 'node:path';
import { stateRoot } from '../box/state-root.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { Environment, Project, Service } from '../core/service.ts';
import { listContainer, packContainer } from '../pull/ask-container.ts';
import { choosePaths } from '../pull/choose-paths.ts';
import { type PulledFile, pullFiles } from '../pull/pull-files.ts';
import { openPullMemory } from '../pull/pull-memory.ts';
import type { Invocation } from './command.ts';
import { chooseReplica } from './replicas.ts';

/** Brings what matches from one replica of a service; what became of each path, in the order of the archive. */
export async function pullService(
  options: Pick<Invocation, 'options' | 'signal' | 'surroundings'> & {
    readonly project: Project;
    readonly environment: Environment;
    readonly cluster: Cluster;
    readonly service: Service;
    readonly globs: readonly string[];
  },
): Promise<readonly PulledFile[]> {
  const { project, environment, cluster, service, globs, signal, surroundings } = options;
  const { namespace } = environment;
  const replica = typeof options.options['replica'] === 'string' ? options.options['replica'] : undefined;
  const { pod, container } = await chooseReplica({ cluster, namespace, service, signal, replica });
  const place = { cluster, namespace, pod: pod.name, container, signal };
  const listed = await listContainer(
    place,
    service.mappings.map(({ to }) => to),
  );
  const wanted = choosePaths({ service, listed, globs });
  const files: PulledFile[] = [];
  if (wanted.length === 0) return files;
  await pullFiles({
    root: project.root,
    archive: packContainer(
      place,
      wanted.map(({ containerPath }) => containerPath),
    ),
    wanted,
    memory: await openPullMemory(
      path.join(stateRoot(surroundings.env), 'pulls', `${project.name}-${environment.name}.json`),
    ),
    force: options.options['force'] === true,
    dryRun: options.options['dryRun'] === true,
    onFile: (file) => files.push(file),
  });
  return files;
}
