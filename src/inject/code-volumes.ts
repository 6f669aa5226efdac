import { KdevError } from '../core/error.ts';
import { type PodContainer, podLayout } from '../core/pod-layout.ts';
import type { Service } from '../core/service.ts';
import type { Identity } from './identity.ts';
import type { Container } from './pod-template.ts';
import type { InjectProblem } from './problem.ts';

/** Directories that a container cannot start from a copy of, or that the runtime fills itself. */
const systemDirs = [
  '/bin',
  '/dev',
  '/etc',
  '/lib',
  '/lib64',
  '/proc',
  '/run',
  '/sbin',
  '/sys',
  '/usr',
  '/var',
];

/** Whether mapped directories are served from a volume; `auto` as `Service.storage` tells. */
export function usesVolume(service: Service, container: Container, identity: Identity): boolean {
  if (service.storage !== 'auto') return service.storage === 'volume';
  const readOnlyRoot = container.securityContext?.readOnlyRootFilesystem === true;
  return readOnlyRoot || identity.nonRoot || identity.uid === undefined;
}

/**
 * The directories of one container that get a place on the code volume: the outermost mapped ones that no volume of
 * the person's own holds already.
 *
 * @param fileTargets container paths of mappings that map one file
 * @throws `mapping-not-mountable`
 */
export function codeVolumes(options: {
  readonly container: Container;
  readonly targets: readonly string[];
  readonly fileTargets: ReadonlySet<string>;
}): { readonly volumes: PodContainer['volumes']; readonly problems: readonly InjectProblem[] } {
  const { container, fileTargets } = options;
  const problems: InjectProblem[] = [];
  const wanted = new Set<string>();
  for (const target of options.targets) {
    const dir = fileTargets.has(target) ? parentOf(target) : target;
    const mount = (container.volumeMounts ?? []).find(({ mountPath }) => isBelow(dir, trim(mountPath)));
    if (mount === undefined) wanted.add(mountable(container, target, dir));
    else if (mount.readOnly === true) problems.push(readOnlyMount(container, target, mount.mountPath));
  }
  const outermost = [...wanted]
    .sort()
    .filter((dir, _, all) => !all.some((other) => other !== dir && isBelow(dir, other)));
  const volumes = outermost.map((path, index) => ({
    path,
    dir: `${podLayout.codeDir}/${container.name}/${index}`,
  }));
  return { volumes, problems };
}

function mountable(container: Container, target: string, dir: string): string {
  if (dir !== '/' && !systemDirs.includes(dir)) return dir;
  throw new KdevError({
    code: 'mapping-not-mountable',
    fault: 'user',
    what: `The mapping to ${target} in container "${container.name}" cannot be served from a volume.`,
    why: `The app may not write there, so kdev would have to mount a volume over ${dir}, which the system needs.`,
    cure: `Map to a directory of the app's own, or run the app as root and set  storage: 'layer'  for this service.`,
  });
}

function readOnlyMount(container: Container, target: string, mountPath: string): InjectProblem {
  return {
    code: 'mapping-read-only',
    container: container.name,
    message: `${target} lies in ${mountPath}, which the manifest mounts read-only: edits there cannot arrive.`,
    cure: `Take  readOnly: true  from that mount in the manifest of this environment, or do not map ${target}.`,
  };
}

function isBelow(path: string, dir: string): boolean {
  return path === dir || dir === '/' || path.startsWith(`${dir}/`);
}

function trim(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
