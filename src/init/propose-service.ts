import path from 'node:path';
import { chooseTarget, contentOf, type ImageContent } from './image-content.ts';
import type { Match } from './images.ts';
import { type Language, languageOf, reloaderIn } from './languages.ts';
import type { ProjectTree } from './project-tree.ts';
import type { Finding, ProposedBuild, ProposedMapping, ProposedService } from './proposal.ts';
import { sourceGlobs } from './source-globs.ts';

/** What is put together key by key. */
type Draft = { -readonly [K in keyof ProposedService]: ProposedService[K] };

/** Adds a finding. */
type Find = (about: string, found: string, because: string) => void;

export interface ServiceProposal {
  readonly name: string;
  readonly config: ProposedService;
  readonly findings: readonly Finding[];
}

/** The configuration of a service whose container runs a Dockerfile's image. */
export function proposeService(tree: ProjectTree, name: string, match: Match): ServiceProposal {
  const { container, dockerfile, why } = match;
  const { context, file, stages } = dockerfile;
  const findings: Finding[] = [];
  const find: Find = (about, found, because) => {
    findings.push({ service: name, about, found, why: because });
  };
  const target = chooseTarget(stages);
  const title = `${container.kind} ${container.workload}, container ${container.container}`;
  find('workload', `${title} (${container.file})`, `runs ${file}: ${why}`);
  const config: Draft = {};
  if (container.kind !== 'Deployment')
    config.workload = `${container.kind.toLowerCase()}/${container.workload}`;
  else if (container.workload !== name) config.workload = container.workload;
  if (container.siblings > 1 && container.container !== name) config.container = container.container;
  const isDev = target !== undefined && target !== stages.at(-1);
  config.build = buildOf(file, context, isDev ? target.name : undefined);
  if (isDev) find('build', `stage ${target.name}`, 'a stage of that name is for developing');
  if (!target) return { name, config, findings };
  const content = contentOf(tree, stages, target, context);
  const beside = tree.files.filter((each) => path.posix.dirname(each) === context);
  const language = languageOf(content.bases, beside);
  const command = container.command || target.command;
  addSync(tree, config, content, { context, language, find });
  addRestart(tree, config, content, { context, language, command, find });
  addRebuild(tree, config, content, { context, language, find });
  const ports = container.ports.length > 0 ? container.ports : [...new Set(target.ports)];
  if (ports.length > 0) {
    config.ports = ports;
    find(
      'ports',
      ports.join(', '),
      container.ports.length > 0 ? 'containerPort' : 'EXPOSE in the Dockerfile',
    );
  }
  return { name, config, findings };
}

function buildOf(file: string, context: string, target: string | undefined): true | string | ProposedBuild {
  const isUsual = file === path.posix.join(context, 'Dockerfile');
  const isBeside = path.posix.dirname(file) === context;
  if (target === undefined && isUsual && context === '.') return true;
  if (target === undefined && isBeside) return file;
  return {
    ...(!(isUsual && context === '.') && { dockerfile: file }),
    ...(!isBeside && { context }),
    ...(target !== undefined && { target }),
  };
}

interface Found {
  readonly context: string;
  readonly language: Language | undefined;
  readonly find: Find;
}

function addSync(
  tree: ProjectTree,
  config: Draft,
  { copied, compiler, inputs }: ImageContent,
  options: Found,
): void {
  const { context, language, find } = options;
  if (copied.length === 0) {
    const because =
      compiler === undefined ? 'the Dockerfile copies no sources' : `${compiler} makes what runs`;
    find(
      'sync',
      'nothing',
      `${because}, so a change makes a new image${inputs.length > 0 ? '' : ' or nothing'}`,
    );
    return;
  }
  const whole = copied.some(({ from }) => from === context);
  config.sync = whole
    ? copied.map(
        (each): ProposedMapping =>
          each.from === context ? { ...each, ignore: ignored(tree, context, language) } : each,
      )
    : Object.fromEntries(copied.map(({ from, to }) => [from, to]));
  for (const { from, to } of copied) find('sync', `${from} → ${to}`, 'COPY and WORKDIR in the Dockerfile');
}

/** What of a context is no part of the app: what .dockerignore leaves out, what tools and kdev itself put there. */
function ignored(tree: ProjectTree, context: string, language: Language | undefined): readonly string[] {
  const file = path.posix.join(context, '.dockerignore');
  const lines = tree.hasFile(file)
    ? tree
        .read(file)
        .split('\n')
        .map((line) => line.trim())
    : [];
  const fromFile = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, not = '', pattern = ''] = /^(!?)\/?(.*)$/.exec(line) ?? [];
      return pattern.startsWith('**/') ? `${not}${pattern.slice(3)}` : `${not}/${pattern}`;
    });
  const known = new Set(fromFile.map((pattern) => pattern.replaceAll('/', '')));
  const leftovers = (language?.leftovers ?? []).filter((each) => !known.has(each.replaceAll('/', '')));
  return [...leftovers, ...fromFile, ...(context === '.' ? ['/dev.config.*'] : [])];
}

function addRestart(
  tree: ProjectTree,
  config: Draft,
  { copied }: ImageContent,
  options: Found & { readonly command: string },
): void {
  const { context, language, command, find } = options;
  if (copied.length === 0) return;
  const reloader = reloaderIn(command);
  if (reloader !== undefined) {
    find('restart', 'nothing', `"${reloader}" in its command takes changes by itself`);
    return;
  }
  if (language && !language.restarts) {
    find('restart', 'nothing', `${language.name} reads its sources at every request`);
    return;
  }
  const globs = copied.flatMap(({ from }) => sourceGlobs(tree, from, language, { apart: from === context }));
  if (globs.length === 0) return;
  config.restart = globs;
  find(
    'restart',
    globs.join(', '),
    language ? `${language.name} reads its sources when it starts` : 'no language is known',
  );
}

function addRebuild(
  tree: ProjectTree,
  config: Draft,
  { inputs, compiler }: ImageContent,
  options: Found,
): void {
  const { context, language, find } = options;
  const files = inputs.filter((input) => tree.hasFile(input));
  const folders = inputs.filter((input) => tree.hasFolder(input));
  const sources = folders.flatMap((folder) =>
    sourceGlobs(tree, folder, folder === context ? language : undefined, {
      withAside: true,
      apart: folder === context,
    }),
  );
  const globs = [...new Set([...files, ...sources])];
  if (globs.length === 0) return;
  config.rebuild = globs;
  if (files.length > 0) find('rebuild', files.join(', '), 'the image is built from it');
  if (sources.length > 0)
    find('rebuild', sources.join(', '), `${compiler ?? 'a RUN'} makes something else of it`);
}
