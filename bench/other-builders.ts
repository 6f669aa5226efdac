import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ensureDebianPackages } from '../src/artifacts/debian-packages.ts';
import type { Cluster } from '../src/core/ports/cluster.ts';
import type { OpenRegistry } from '../src/core/ports/registry.ts';
import { dockerfileFrom } from './build-tree.ts';
import { fixtureReference } from './fixture-image.ts';
import type { Place } from './place.ts';

/** Where another builder works. */
export interface BuildPlace {
  readonly place: Place;
  readonly cluster: Cluster;
  /** The context. */
  readonly root: string;
  /** kdev's builder's. */
  readonly namespace: string;
  readonly open: OpenRegistry;
}

export interface OtherBuilder {
  readonly who: string;
  prepare(where: BuildPlace): Promise<void>;
  /** One image of the context as it is, pushed. */
  build(where: BuildPlace): Promise<void>;
}

const run = promisify(execFile);
const output = { maxBuffer: 64 * 1024 * 1024 };

export const otherBuilders: readonly OtherBuilder[] = [
  {
    who: 'buildctl, whole context',
    prepare: async () => undefined,
    build: async ({ namespace, open, place, root }) => {
      const [pod = ''] = (
        await place.ask([
          'get',
          'pods',
          `--namespace=${namespace}`,
          '--selector=app.kubernetes.io/name=kdev-builder',
          '--output=name',
        ])
      ).split('\n');
      const image = `${open.registry.fromPods}/bench/${path.basename(root)}:1`;
      const inPod = [
        'd=$(busybox mktemp -d)',
        'busybox tar x -C $d',
        `buildctl --addr unix:///run/kdev-builder/buildkitd.sock build --frontend dockerfile.v0 --local context=$d --local dockerfile=$d --output type=image,name=${image},push=true`,
        'status=$?; busybox rm -rf $d; exit $status',
      ].join('; ');
      const exec = `"$KUBECTL" exec --stdin --namespace=${namespace} ${pod} -- sh -c '${inPod}'`;
      await run('sh', ['-c', `tar c -C "$ROOT" . | ${exec}`], {
        ...output,
        env: { ...place.env, KUBECTL: place.kubectl, ROOT: root },
      });
    },
  },
  {
    who: 'buildah on the host',
    prepare: async ({ open, place, root }) => {
      await ensureDebianPackages(['buildah'], { reporter: place.reporter });
      const name = fixtureReference.replace('docker.io', open.mirrors[0] ?? '');
      await writeFile(path.join(place.dir, `${path.basename(root)}.dockerfile`), dockerfileFrom(name));
    },
    build: async ({ open, place, root }) => {
      const image = `${open.registry.fromHere}/bench/${path.basename(root)}:2`;
      const storage = [
        '--root',
        path.join(place.dir, 'buildah'),
        '--runroot',
        path.join(place.dir, 'buildah-run'),
      ];
      const file = path.join(place.dir, `${path.basename(root)}.dockerfile`);
      const common = [...storage, '--storage-driver', 'overlay'];
      const build = [
        'build',
        '--layers',
        '--isolation',
        'chroot',
        '--tls-verify=false',
        '--file',
        file,
        '--tag',
        image,
        root,
      ];
      await run('buildah', [...common, ...build], output);
      await run('buildah', [...common, 'push', '--tls-verify=false', image], output);
    },
  },
];
