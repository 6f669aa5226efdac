import path from 'node:path';
import type { Stage } from './dockerfile.ts';
import { readDockerfile } from './dockerfile.ts';
import type { ProjectTree } from './project-tree.ts';
import type { WorkloadContainer } from './workloads.ts';

export interface FoundDockerfile {
  readonly file: string;
  /** Folder of the project that it is built from. */
  readonly context: string;
  readonly stages: readonly Stage[];
  /** What its image is probably called. */
  readonly keys: readonly string[];
}

export interface Match {
  readonly container: WorkloadContainer;
  readonly dockerfile: FoundDockerfile;
  readonly why: string;
}

const dockerfileNames = /(?:^|\/)(?:(?:Dockerfile|Containerfile)(?:\.([\w-]+))?|([\w-]+)\.Dockerfile)$/;
const forDeveloping = /^(?:dev|devel|development|local)$/i;
const forOthers = /^(?:prod|production|ci|test|tests|release|dockerignore)$/i;

/** The Dockerfiles of a tree; of the variants of one, the one for developing. */
export function findDockerfiles(tree: ProjectTree): readonly FoundDockerfile[] {
  const named = tree.files.flatMap((file) => {
    const found = dockerfileNames.exec(file);
    return found ? [{ file, dir: path.posix.dirname(file), variant: found[1] ?? found[2] ?? '' }] : [];
  });
  return named
    .filter(({ file, dir, variant }) => {
      const beside = named.filter((other) => other.dir === dir && other.file !== file);
      if (variant === '') return !beside.some((other) => forDeveloping.test(other.variant));
      return !forOthers.test(variant) || (beside.length === 0 && variant !== 'dockerignore');
    })
    .map(({ file, dir, variant }) => {
      const stages = readDockerfile(tree.read(file));
      const folder = path.posix.basename(dir === '.' ? path.basename(tree.root) : dir);
      const keys = variant === '' || forDeveloping.test(variant) ? [folder] : [variant];
      return {
        file,
        stages,
        context: contextOf(tree, dir, stages),
        keys: keys.map((key) => key.toLowerCase()),
      };
    });
}

/** The Dockerfile's own folder, unless what it copies is only there from the project's folder on. */
function contextOf(tree: ProjectTree, dir: string, stages: readonly Stage[]): string {
  const sources = stages.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.type === 'copy' ? step.sources : [])),
  );
  const exist = (context: string): number =>
    sources.filter((source) => {
      const inside = path.posix.join(context, source);
      return source !== '.' && (tree.hasFile(inside) || tree.hasFolder(inside));
    }).length;
  return exist('.') > exist(dir) ? '.' : dir;
}

/** Images that nobody builds in a project of their own. */
const wellKnown =
  /(?:^|\/)(?:postgres|postgis|mysql|mariadb|redis|valkey|memcached|mongo|rabbitmq|nats|kafka|zookeeper|elasticsearch|opensearch|minio|nginx|httpd|traefik|envoy|haproxy|busybox|alpine|debian|ubuntu|prometheus|grafana|jaeger|mailhog|localstack|vault|consul|etcd|keycloak|pause)(?:[-:@][^/]*)?$/;

/** Which container runs which Dockerfile's image, by their names; the only ones that are left belong together. */
export function matchImages(
  dockerfiles: readonly FoundDockerfile[],
  containers: readonly WorkloadContainer[],
): readonly Match[] {
  const matches = containers.flatMap((container): Match[] => {
    const [best] = dockerfiles
      .flatMap((dockerfile) => {
        const found = likeness(dockerfile, container);
        return found ? [{ dockerfile, ...found }] : [];
      })
      .sort((a, b) => b.score - a.score);
    return best ? [{ container, dockerfile: best.dockerfile, why: best.why }] : [];
  });
  const unused = dockerfiles.filter((each) => !matches.some(({ dockerfile }) => dockerfile === each));
  const [only] = unused;
  if (!only || unused.length > 1) return matches;
  const free = containers.filter(
    (each) => !matches.some(({ container }) => container === each) && !wellKnown.test(each.image),
  );
  const [first] = free;
  if (!first || free.some(({ image }) => image !== first.image)) return matches;
  const why = `the only ${dockerfiles.length === 1 ? 'Dockerfile' : 'one left'}`;
  return [...matches, ...free.map((container) => ({ container, dockerfile: only, why }))];
}

function likeness(
  { keys }: FoundDockerfile,
  { image, workload, container }: WorkloadContainer,
): { readonly score: number; readonly why: string } | undefined {
  const name = imageName(image);
  for (const key of keys) {
    if (name === key) return { score: 4, why: `its image is called ${key}` };
    if (workload === key) return { score: 3, why: `the workload is called ${key}` };
    if (container === key) return { score: 3, why: `the container is called ${key}` };
    if (name.endsWith(`-${key}`) || name.startsWith(`${key}-`)) {
      return { score: 2, why: `its image is called ${name}` };
    }
    if (workload.endsWith(`-${key}`) || workload.startsWith(`${key}-`)) {
      return { score: 1, why: `the workload is called ${workload}` };
    }
  }
  return undefined;
}

/** The last part of an image's name, without tag and digest. */
function imageName(image: string): string {
  return (image.replace(/@.*$/, '').split('/').at(-1) ?? '').replace(/:.*$/, '').toLowerCase();
}
