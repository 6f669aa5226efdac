import path from 'node:path';
import micromatch from 'micromatch';
import type { Stage, Step } from './dockerfile.ts';
import { compilerIn } from './languages.ts';
import type { ProjectTree } from './project-tree.ts';

/** What an image holds of the tree, and what it is made of. */
export interface ImageContent {
  readonly target: Stage;
  /** Images that the stages begin with. */
  readonly bases: readonly string[];
  /** Local path (of the project) → absolute path in the image, for what runs as it was copied. */
  readonly copied: readonly { readonly from: string; readonly to: string }[];
  /** Paths of the project that only the build reads: changing them takes a new image. */
  readonly inputs: readonly string[];
  /** The compiler that makes `inputs` of sources. */
  readonly compiler?: string;
}

const developing = /^(?:dev|devel|develop|development)$/;

/** The stage for developing where one is called so, else the last one. */
export function chooseTarget(stages: readonly Stage[]): Stage | undefined {
  return stages.find(({ name }) => name !== undefined && developing.test(name)) ?? stages.at(-1);
}

/**
 * Follows the stages of a Dockerfile to the target. A file or folder that is copied into the image and runs from there
 * counts as copied; one that a compiler or an installer reads is an input.
 *
 * @param context folder of the project that COPY counts from
 */
export function contentOf(
  tree: ProjectTree,
  stages: readonly Stage[],
  target: Stage,
  context: string,
): ImageContent {
  const find = (name: string): Stage | undefined =>
    stages.find((stage, index) => stage.name === name || String(index) === name);
  const line = lineage(target, find);
  const others = line
    .flatMap(({ steps }) => steps.flatMap((step) => (step.type === 'copy-from' ? [find(step.stage)] : [])))
    .flatMap((stage) => (stage ? lineage(stage, find) : []))
    .filter((stage) => !line.includes(stage));
  const own = line.flatMap(({ steps }) => steps);
  const foreign = [...new Set(others)].flatMap(({ steps }) => steps);
  const copied: { from: string; to: string }[] = [];
  const inputs = new Set<string>();
  let compiler: string | undefined;
  for (const steps of [own, foreign]) {
    for (const [index, step] of steps.entries()) {
      if (step.type !== 'copy') continue;
      const compiled = compiledLater(steps, index);
      for (const source of expand(tree, context, step)) {
        const to = destinationOf(tree, step, source, context);
        const isInput =
          steps === foreign ||
          compiled !== undefined ||
          isInstalled(tree, source, steps, index) ||
          isSystem(tree.hasFolder(source) ? to : path.posix.dirname(to));
        if (isInput) inputs.add(source);
        else copied.push({ from: source, to });
        if (isInput && tree.hasFolder(source)) compiler ??= compiled;
      }
    }
  }
  return {
    target,
    bases: [...line, ...others].map(({ base }) => base).filter((base) => !find(base)),
    copied: copied.filter(({ from }) => !inputs.has(from)),
    inputs: [...inputs],
    ...(compiler !== undefined && { compiler }),
  };
}

/** Folders that no volume can be mounted over, where the app may not write. */
function isSystem(folder: string): boolean {
  return /^\/(?:bin|dev|etc|lib|lib64|proc|run|sbin|sys|usr|var)?$/.test(folder);
}

/** The stages that a stage continues, the first one first, itself last. */
function lineage(stage: Stage, find: (name: string) => Stage | undefined): readonly Stage[] {
  const base = find(stage.base);
  return base && base !== stage ? [...lineage(base, find), stage] : [stage];
}

function compiledLater(steps: readonly Step[], index: number): string | undefined {
  for (const step of steps.slice(index + 1)) {
    const compiler = step.type === 'run' ? compilerIn(step.line) : undefined;
    if (compiler !== undefined) return compiler;
  }
  return undefined;
}

/** A single file before a RUN is what that RUN installs from; so is one that describes a project without running. */
function isInstalled(tree: ProjectTree, source: string, steps: readonly Step[], index: number): boolean {
  if (tree.hasFolder(source)) return false;
  const isList = /(?:^|\/)(?:[^/]*\.(?:toml|lock|txt|cfg|mod|sum)|package(?:-lock)?\.json|Gemfile|Pipfile)$/;
  return (
    isList.test(source) || steps.slice(index + 1).some((step) => step.type === 'run' && reads(step, source))
  );
}

function reads({ line }: Extract<Step, { type: 'run' }>, source: string): boolean {
  return line.includes(path.posix.basename(source));
}

/** Sources of a COPY as paths of the project that exist now; `.` may stand for what .dockerignore lets through. */
function expand(
  tree: ProjectTree,
  context: string,
  { sources }: Extract<Step, { type: 'copy' }>,
): readonly string[] {
  return sources.flatMap((source) => {
    const inside = path.posix.join(context, source);
    if (/[*?[]/.test(source)) return tree.files.filter((file) => micromatch.isMatch(file, inside));
    if (source === '.') return allowed(tree, context);
    return tree.hasFile(inside) || tree.hasFolder(inside) ? [inside] : [];
  });
}

/** Where .dockerignore lets only some paths through, those; else the context itself. */
function allowed(tree: ProjectTree, context: string): readonly string[] {
  const file = path.posix.join(context, '.dockerignore');
  const lines = tree.hasFile(file) ? tree.read(file).split('\n') : [];
  const patterns = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  if (!patterns.some((pattern) => /^(?:\*|\*\*|\.|\/)$/.test(pattern))) return [context];
  const through = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  return through
    .map((pattern) => path.posix.join(context, pattern.replace(/^\/|\/(?:\*\*?)?$/g, '')))
    .filter((each) => tree.hasFile(each) || tree.hasFolder(each));
}

function destinationOf(
  tree: ProjectTree,
  { to, sources }: Extract<Step, { type: 'copy' }>,
  source: string,
  context: string,
): string {
  // Of a whole context each part keeps its place; the content of any other folder goes right to the destination.
  if (sources.includes('.') && source !== context)
    return path.posix.join(to, path.posix.relative(context, source));
  if (tree.hasFile(source) && to.endsWith('/')) return path.posix.join(to, path.posix.basename(source));
  return to.replace(/(?!^)\/$/, '');
}
