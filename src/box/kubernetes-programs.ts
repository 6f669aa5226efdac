import { symlink } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { goProgram } from '../artifacts/go-program.ts';
import { type ProvideOptions, provideArtifact } from '../artifacts/provide-artifact.ts';

const version = '1.34.4';

/** The names the one binary answers to. */
export const kubernetesPrograms = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'kubectl',
] as const;

export interface KubernetesOptions {
  /** The project's `images/box`. */
  readonly sourcesDir: string;
  readonly signal?: AbortSignal | undefined;
}

/** How to compile Kubernetes: one binary, and a link to it by each program's name. */
export async function kubernetesRecipe({ signal, sourcesDir }: KubernetesOptions): Promise<ArtifactRecipe> {
  const [major, minor] = version.split('.');
  const facts = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  const binary = await goProgram({
    name: 'kubernetes',
    moduleDir: path.join(sourcesDir, 'kubernetes'),
    ldflags: Object.entries(facts)
      .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
      .join(' '),
    announce: `compiling Kubernetes ${version} (130 MB; 5 to 10 minutes the first time)`,
    signal,
  });
  return {
    ...binary,
    inputs: { ...binary.inputs, values: [...(binary.inputs.values ?? []), ...kubernetesPrograms] },
    make: async (options) => {
      await binary.make(options);
      for (const program of kubernetesPrograms) await symlink('kubernetes', path.join(options.into, program));
    },
  };
}

/** The file name of a kubectl (with kustomize in it), compiled when it is not in the cache. */
export async function provideKubectl(options: ProvideOptions & KubernetesOptions): Promise<string> {
  return path.join(await provideArtifact(await kubernetesRecipe(options), options), 'kubectl');
}
