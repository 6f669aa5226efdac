import path from 'node:path';
import { cacheRoot } from '../artifacts/cache-root.ts';
import { provideKubectl } from '../box/kubernetes-programs.ts';
import { packageRoot } from '../images/package-root.ts';
import { findKustomize } from '../manifests/find-kustomize.ts';
import type { Kustomize } from '../manifests/kustomize.ts';
import type { Invocation } from './command.ts';

/** What builds kustomizations: a program of the person's own, else the kubectl that boxes have (compiled once). */
export async function provideKustomize({
  surroundings,
  reporter,
  signal,
}: Pick<Invocation, 'surroundings' | 'reporter' | 'signal'>): Promise<Kustomize> {
  const own = await findKustomize(surroundings.env['PATH']);
  if (own !== undefined) return own;
  const kubectl = await provideKubectl({
    cacheDir: cacheRoot(surroundings.env),
    sourcesDir: path.join(packageRoot(), 'images', 'box'),
    reporter,
    signal,
  });
  return { command: [kubectl, 'kustomize'] };
}
