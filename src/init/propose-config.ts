import path from 'node:path';
import { KdevError } from '../core/error.ts';
import { type FoundEnvironment, findEnvironments } from './environments.ts';
import { type FoundDockerfile, findDockerfiles, type Match, matchImages } from './images.ts';
import { readTree } from './project-tree.ts';
import type { Finding, Proposal, ProposedConfig } from './proposal.ts';
import { proposeService } from './propose-service.ts';
import { uniquePorts } from './unique-ports.ts';

/**
 * A configuration for a folder with Dockerfiles and manifests, from what lies there: nothing is run, nothing is
 * written. One service for each container that runs an image of one of the Dockerfiles.
 *
 * @throws KdevError `init-no-dockerfile`, `init-no-manifests`, `init-no-match`, each with what was looked for
 */
export function proposeConfig(root: string): Proposal {
  const tree = readTree(root);
  const dockerfiles = findDockerfiles(tree);
  if (dockerfiles.length === 0) throw noDockerfile(root);
  const environments = findEnvironments(tree);
  const [first] = environments;
  if (!first)
    throw noManifests(
      root,
      tree.files.some((file) => path.posix.basename(file) === 'Chart.yaml'),
    );
  const containers = first.objects.flatMap((object) => object.containers);
  const matches = matchImages(dockerfiles, containers);
  if (matches.length === 0) throw noMatch(dockerfiles, first);
  const services = matches.map((match) => proposeService(tree, serviceName(match, matches), match));
  const chosen = uniquePorts(services.map(({ name, config }) => [name, config] as const));
  return {
    config: { ...projectName(root), ...manifestsOf(environments), services: chosen },
    findings: [
      ...environments.map(findingOf),
      ...services.flatMap(({ findings }) => findings),
      ...unused(dockerfiles, matches),
    ],
  };
}

function manifestsOf(environments: readonly FoundEnvironment[]): Partial<ProposedConfig> {
  const [only] = environments;
  if (only && environments.length === 1 && only.name === 'local') return { manifests: only.manifests };
  return {
    environments: Object.fromEntries(
      environments.map(({ name, manifests, protected: isProtected }) => [
        name,
        { manifests, ...(isProtected && { protected: true as const }) },
      ]),
    ),
  };
}

/** A DNS label; with the container where one workload has several. */
function serviceName({ container }: Match, all: readonly Match[]): string {
  const { workload, kind } = container;
  const same = all.filter((each) => each.container.workload === workload && each.container.kind === kind);
  const name = same.length > 1 ? `${workload}-${container.container}` : workload;
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}

/** Only where the folder's name makes no name for a project. */
function projectName(root: string): { readonly name?: string } {
  return /[a-z0-9]/i.test(path.basename(root)) ? {} : { name: 'app' };
}

function findingOf({ name, manifests, protected: isProtected }: FoundEnvironment): Finding {
  const files = typeof manifests === 'string' ? manifests : manifests.join(', ');
  const mine = 'its own is what commands without --env work in';
  return {
    about: 'environment',
    found: `${name}: ${files}`,
    why: isProtected
      ? 'protected: its name says that others rely on it'
      : name === 'local'
        ? mine
        : 'a variant beside it',
  };
}

function unused(dockerfiles: readonly FoundDockerfile[], matches: readonly Match[]): readonly Finding[] {
  return dockerfiles
    .filter((each) => !matches.some(({ dockerfile }) => dockerfile === each))
    .map(({ file }) => ({
      about: 'left out',
      found: file,
      why: 'no container runs an image that is called like it',
    }));
}

function noDockerfile(root: string): KdevError {
  return new KdevError({
    code: 'init-no-dockerfile',
    fault: 'user',
    what: `There is no Dockerfile in ${root}.`,
    why: 'kdev init looks for Dockerfile, Dockerfile.NAME and NAME.Dockerfile, also in folders.',
    cure: 'Go to the folder that holds the Dockerfile and the manifests, or write dev.config.ts by hand: docs/configuration.md begins with a complete one.',
  });
}

function noManifests(root: string, hasChart: boolean): KdevError {
  return new KdevError({
    code: 'init-no-manifests',
    fault: 'user',
    what: `There are no manifests with a workload in ${root}.`,
    why: `kdev init looks for kustomizations and for YAML or JSON files with a Deployment, StatefulSet, DaemonSet, Job or Pod${
      hasChart ? '; the Helm chart that lies there is not read' : ''
    }.`,
    cure: hasChart
      ? 'Render the chart into a folder (helm template . > k8s/app.yaml), and run kdev init again.'
      : 'Go to the folder that holds both the Dockerfile and the manifests.',
  });
}

function noMatch(dockerfiles: readonly FoundDockerfile[], { objects, name }: FoundEnvironment): KdevError {
  const containers = objects.flatMap((object) => object.containers);
  const seen = containers.map(
    ({ kind, workload, image }) => `${kind} ${workload} runs ${image || 'no image'}`,
  );
  return new KdevError({
    code: 'init-no-match',
    fault: 'user',
    what: `No container of environment ${name} runs an image that is called like a Dockerfile's folder.`,
    why: [
      `Dockerfiles: ${dockerfiles.map(({ file }) => file).join(', ')}.`,
      `Workloads: ${seen.join(', ')}.`,
    ].join('\n'),
    cure: 'Name the image in the manifest after the folder of its Dockerfile, or write dev.config.ts by hand: docs/configuration.md.',
  });
}
