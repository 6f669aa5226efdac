import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BuilderOptions, createBuilder } from '../../src/build/builder.ts';
import type { BuiltImage, ImageBuilder } from '../../src/core/ports/builder.ts';
import type { Cluster, KubernetesObject } from '../../src/core/ports/cluster.ts';
import type { RegistryProvider } from '../../src/core/ports/registry.ts';
import type { ImageBuild } from '../../src/core/service.ts';
import { imageNames } from '../../src/images/image-names.ts';
import { createRegistry } from '../../src/registry/create-registry.ts';
import { execIn } from '../cluster/cluster.ts';
import { testCluster } from '../kubernetes/test-cluster.ts';

/** What a build said, and what came of it. */
export interface Told {
  readonly steps: readonly string[];
  readonly lines: readonly string[];
  readonly image: BuiltImage;
}

/** A project in a temporary folder, and a builder of a namespace of its own for it. */
export interface BuildPlace {
  readonly cluster: Cluster;
  readonly builder: ImageBuilder;
  readonly registry: RegistryProvider;
  readonly project: string;
  readonly namespace: string;
  readonly root: string;
  write(file: string, content: string): Promise<void>;
  build(
    build?: Partial<ImageBuild>,
    options?: { force?: boolean; signal?: AbortSignal; builder?: ImageBuilder },
  ): Promise<Told>;
  /** What the last build said, also when it failed. */
  readonly said: { readonly steps: string[]; readonly lines: string[] };
  builderPod(): Promise<KubernetesObject | undefined>;
  /** Runs a command in the builder's container. */
  inBuilder(...command: string[]): Promise<string>;
  /** Files of the builder's container below those directories that hold a text. */
  filesWith(text: string, dirs: readonly string[]): Promise<readonly string[]>;
  remove(): Promise<void>;
}

export async function makeBuildPlace(
  name: string,
  options: Partial<BuilderOptions> = {},
): Promise<BuildPlace> {
  const cluster = options.cluster ?? (await testCluster());
  const project = `${name}-${process.pid}-${Date.now()}`;
  const namespace = options.namespace ?? `kdev-builder-${name}-${process.pid}`;
  const registry =
    options.registry ??
    createRegistry({
      cluster,
      image: imageNames.registry,
      namespace,
      app: { namespace: 'default', project },
      env: {},
    });
  const builder = createBuilder({
    cluster,
    project,
    image: imageNames.builder,
    registry,
    namespace,
    ...options,
  });
  const root = await mkdtemp(path.join(tmpdir(), `kdev-${name}-`));
  const said = { steps: [] as string[], lines: [] as string[] };
  const builderPod = async (): Promise<KubernetesObject | undefined> => {
    const labelSelector = 'app.kubernetes.io/name=kdev-builder';
    const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector });
    return pods.find(({ metadata }) => metadata['deletionTimestamp'] === undefined);
  };
  const inBuilder = async (...command: string[]): Promise<string> => {
    const pod = (await builderPod())?.metadata.name ?? '';
    return execIn(cluster, { namespace, pod, container: 'buildkitd' }, command);
  };
  return {
    ...{ cluster, builder, registry, project, namespace, root, said, builderPod },
    write: async (file, content) => {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), content);
    },
    build: async (build = {}, { builder: other = builder, force, signal } = {}) => {
      said.steps.length = 0;
      said.lines.length = 0;
      const image = await other.build({
        service: 'web',
        projectRoot: root,
        build: { dockerfile: 'Dockerfile', context: '.', args: {}, ...build },
        reporter: { step: (step) => said.steps.push(step), detail: (step) => said.steps.push(step) },
        onLine: (line) => said.lines.push(line),
        ...(force !== undefined && { force }),
        ...(signal && { signal }),
      });
      return { steps: [...said.steps], lines: [...said.lines], image };
    },
    inBuilder,
    filesWith: async (text, dirs) => {
      // One that holds it shows that the search works; what cannot be read, such as a socket, is no file.
      const script =
        'echo "$0" > /tmp/holds-it; busybox grep -rlF "$0" "$@" /tmp/holds-it 2>/dev/null; rm /tmp/holds-it';
      const found = await inBuilder('busybox', 'sh', '-c', script, text, ...dirs);
      const files = found.trim().split('\n');
      if (!files.includes('/tmp/holds-it')) throw new Error(`the search found nothing: ${found}`);
      return files.filter((file) => file !== '/tmp/holds-it');
    },
    remove: async () => {
      await rm(root, { recursive: true, force: true });
      await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    },
  };
}
