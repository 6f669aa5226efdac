import path from 'node:path';
import { cacheRoot } from '../artifacts/cache-root.ts';
import type { Box } from '../box/box.ts';
import { createBox } from '../box/create-box.ts';
import { openBox } from '../box/enter-box.ts';
import { stateRoot } from '../box/state-root.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { Environment } from '../core/service.ts';
import { packageRoot } from '../images/package-root.ts';
import { provideImages } from '../images/provide-images.ts';
import { createCluster } from '../kubernetes/cluster.ts';
import { readContexts } from '../kubernetes/kubeconfig.ts';
import type { Invocation } from './command.ts';

/** The box of whoever has neither a cluster nor a word about one in the configuration. */
const defaultBox = 'kdev';

export interface OpenCluster {
  readonly cluster: Cluster;
  /** Present when the cluster is a box of this machine. */
  readonly box?: Box;
}

/**
 * Connects to the environment's cluster and makes sure that it answers. With `mayCreate` a box that is not there is
 * made; without, that is an error.
 *
 * @param reachMs how long the network may take to reach it, as `Cluster.check` says
 * @throws those of `createBox` or `openBox` and of `createCluster`; `cluster-unreachable`.
 */
export async function openCluster(
  environment: Pick<Environment, 'target'>,
  invocation: Pick<Invocation, 'surroundings' | 'reporter' | 'signal'>,
  mayCreate: boolean,
  reachMs?: number,
): Promise<OpenCluster> {
  const name = await boxOf(environment, invocation.surroundings.env);
  const { signal } = invocation;
  if (name !== undefined) {
    const box = mayCreate
      ? await provideBox({ name, ...invocation })
      : await openBox({ stateDir: stateRoot(invocation.surroundings.env) }, name);
    const cluster = await createCluster({ kubeconfig: { type: 'text', text: box.kubeconfig }, signal });
    await cluster.check(signal, reachMs);
    return { cluster, box };
  }
  const context = environment.target.type === 'context' ? environment.target.context : undefined;
  const cluster = await createCluster({ kubeconfig: { type: 'default' }, context, signal });
  await cluster.check(signal, reachMs);
  return { cluster };
}

async function boxOf(
  { target }: Pick<Environment, 'target'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  switch (target.type) {
    case 'box':
      return target.box;
    case 'context':
      return undefined;
    case 'default': {
      const known = await readContexts({ type: 'default' }, env);
      return known?.current === undefined ? defaultBox : undefined;
    }
    default:
      return target satisfies never;
  }
}

/** A box with kdev's own images in its mirror, made first where it is not there. */
export async function provideBox({
  name,
  settings,
  surroundings,
  reporter,
  signal,
}: Pick<Invocation, 'surroundings' | 'reporter' | 'signal'> & {
  readonly name: string;
  readonly settings?: { readonly subnet?: string | undefined; readonly upstream?: string | undefined };
}): Promise<Box> {
  const cacheDir = cacheRoot(surroundings.env);
  const stateDir = stateRoot(surroundings.env);
  return createBox({
    name,
    ...(settings !== undefined && { settings }),
    images: () => provideImages({ cacheDir, reporter, signal }),
    stateDir,
    cacheDir,
    sourcesDir: path.join(packageRoot(), 'images', 'box'),
    reporter,
    signal,
  });
}
