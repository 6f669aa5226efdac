import { runTool } from '../artifacts/run-tool.ts';
import { boxShell } from '../box/enter-box.ts';
import { listBoxes } from '../box/list-boxes.ts';
import { stateRoot } from '../box/state-root.ts';
import { repositoryOf } from '../build/build-inputs.ts';
import { holderWords } from '../compose/holder-words.ts';
import { kdevNamespace } from '../core/kdev-namespace.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { OpenRegistry } from '../core/ports/registry.ts';
import type { Environment, Project } from '../core/service.ts';
import { boxStorage } from '../gc/box-storage.ts';
import type { CollectOptions } from '../gc/collect.ts';
import { ownStorage } from '../gc/own-storage.ts';
import type { RegistryStorage } from '../gc/registry-storage.ts';
import { registryOfSettings } from '../registry/configured.ts';
import { findRegistry } from '../registry/find-registry.ts';
import { readOwnRegistry } from '../registry/own-registry.ts';
import type { Invocation } from './command.ts';
import { openRegistry } from './open-registry.ts';

export interface GcRegistry {
  readonly opened: OpenRegistry;
  /** What `collect` needs beside what a person chooses. */
  readonly options: Omit<CollectOptions, 'dryRun' | 'policy'>;
}

/**
 * The registry of an environment, with everything that collecting its garbage takes; undefined where it would be kdev's
 * own and has not been made yet.
 */
export async function openGcRegistry(options: {
  readonly cluster: Cluster;
  readonly project: Project;
  readonly environment: Environment;
  readonly invocation: Pick<Invocation, 'surroundings' | 'reporter' | 'signal'>;
}): Promise<GcRegistry | undefined> {
  const { cluster, environment, invocation, project } = options;
  const { reporter, signal } = invocation;
  const configured = environment.registry && registryOfSettings(environment.registry);
  const { found } = await findRegistry({ cluster, configured });
  const place = { cluster, namespace: project.builder.namespace };
  if (!found && !(await readOwnRegistry(place))) return undefined;
  const opened = await openRegistry(options).open({ reporter, signal });
  const { namespace } = project.builder;
  const prefix = opened.registry.prefix ?? '';
  return {
    opened,
    options: {
      ...{ cluster, namespace, reporter, signal },
      request: opened.request,
      prefix: `${prefix}kdev/`,
      storage: await storageOf(opened, invocation),
      knownRepositories: project.services.map(({ name }) => `${prefix}${repositoryOf(project.name, name)}`),
      words: holderWords(project.root),
      ensureNamespace: async () => void (await cluster.apply(kdevNamespace(namespace), { force: true })),
    },
  };
}

/** Where the registry's files are, if kdev may touch them: its own registry, and that of a box of this machine. */
async function storageOf(
  { own, registry, shortLived }: OpenRegistry,
  { surroundings }: Pick<Invocation, 'surroundings'>,
): Promise<RegistryStorage | undefined> {
  if (own) return ownStorage(own);
  if (!shortLived) return undefined;
  const place = { stateDir: stateRoot(surroundings.env) };
  const address = registry.fromHere.replace(/:\d+$/, '');
  const boxes = (await listBoxes(place)).filter((each) => each.address === address);
  // One that is broken is told as such when it is asked; what ran before a reboot may have had the same address.
  const box = boxes.find(({ works }) => works) ?? boxes[0];
  if (box === undefined) return undefined;
  return boxStorage(async (argv, signal) => {
    const [command = '', ...args] = await boxShell(place, box.name, argv);
    const { stdout } = await runTool({
      ...{ command, args, signal },
      reporter: { step: () => undefined, detail: () => undefined },
      failure: {
        code: 'gc-storage-failed',
        what: `The registry of the box ${box.name} could not be asked to ${argv[1] ?? 'do it'}.`,
        cure: 'A box that an older kdev made cannot do that: make it anew with kdev box delete and kdev box create.',
      },
    });
    return stdout;
  });
}
