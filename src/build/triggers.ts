import { dependencyLists } from './dependency-lists.ts';
import { readStages, type Stage } from './dockerfile-stages.ts';

export interface TriggerOptions {
  /** Text of the Dockerfile. */
  readonly dockerfile: string;
  /** @default the last stage */
  readonly target?: string | undefined;
  /** Of the project, `/`-separated; `.` is the project's root itself. */
  readonly contextDir: string;
  /** Relative to the project's root. */
  readonly dockerfilePath: string;
  /** Values of build arguments; others count with the Dockerfile's defaults. */
  readonly args?: Readonly<Record<string, string>> | undefined;
  /** Whether a path of the context is a directory. */
  readonly isDirectory: (path: string) => boolean;
}

/**
 * Which files an image has to be built again for, as micromatch globs relative to the project's root: the
 * Dockerfile, its ignore files, and what a RUN of the target's stages reads. Files that are copied and only run
 * later are no trigger, a sync serves those. Of a directory that a RUN reads only the known dependency lists count,
 * because source code is what directories hold mostly.
 */
export function defaultRebuildPatterns(options: TriggerOptions): readonly string[] {
  const { contextDir, dockerfilePath } = options;
  const patterns = new Set([
    escapeGlob(dockerfilePath),
    escapeGlob(`${dockerfilePath}.dockerignore`),
    escapeGlob(join(contextDir, '.dockerignore')),
  ]);
  const stages = readStages(options.dockerfile, options.args);
  const reachable = reach(stages, findTarget(stages, options.target));
  for (const stage of reachable) {
    for (const [index, step] of stage.steps.entries()) {
      if (step.type === 'mount' || (step.type === 'copy' && isRunLater(stage, index + 1, reachable))) {
        for (const source of step.sources) addSource(patterns, source, options);
      }
    }
  }
  return [...patterns];
}

function findTarget(stages: readonly Stage[], target: string | undefined): Stage | undefined {
  if (target === undefined) return stages.at(-1);
  return findStage(stages, target.toLowerCase()) ?? stages.at(-1);
}

function findStage(stages: readonly Stage[], name: string): Stage | undefined {
  return stages.find((stage) => stage.name === name.toLowerCase() || String(stage.index) === name);
}

/** The stages that the target is made of, itself first. */
function reach(stages: readonly Stage[], target: Stage | undefined): readonly Stage[] {
  const found = new Set<Stage>();
  const waiting = target ? [target] : [];
  for (let stage = waiting.pop(); stage; stage = waiting.pop()) {
    if (found.has(stage)) continue;
    found.add(stage);
    const names = stage.steps.flatMap((step) => (step.type === 'copy-from' ? [step.from] : []));
    for (const name of [stage.base, ...names]) {
      const other = findStage(stages.slice(0, stage.index), name);
      if (other) waiting.push(other);
    }
  }
  return [...found];
}

/** Whether a RUN comes after step `from` of a stage: in it, in a stage that continues it, or after a copy out of it. */
function isRunLater(stage: Stage, from: number, reachable: readonly Stage[]): boolean {
  if (stage.steps.slice(from).some((step) => step.type === 'run')) return true;
  return reachable.some((other) => {
    if (other.index <= stage.index) return false;
    if (refersTo(other.base, stage) && isRunLater(other, 0, reachable)) return true;
    return other.steps.some(
      (step, index) =>
        step.type === 'copy-from' && refersTo(step.from, stage) && isRunLater(other, index + 1, reachable),
    );
  });
}

function refersTo(name: string, stage: Stage): boolean {
  return name.toLowerCase() === stage.name || name === String(stage.index);
}

function addSource(patterns: Set<string>, source: string, { contextDir, isDirectory }: TriggerOptions): void {
  const path = source.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '') || '.';
  const isGlob = /[*?[]/.test(path);
  if (!isGlob && isDirectory(path)) {
    const below = path === '.' ? contextDir : join(contextDir, path);
    for (const name of dependencyLists)
      patterns.add(below === '.' ? `**/${name}` : `${escapeGlob(below)}/**/${name}`);
  } else if (contextDir === '.') {
    patterns.add(isGlob ? path : escapeGlob(path));
  } else {
    patterns.add(`${escapeGlob(contextDir)}/${isGlob ? path : escapeGlob(path)}`);
  }
}

function join(dir: string, path: string): string {
  return dir === '.' ? path : `${dir}/${path}`;
}

function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\]{}()!+@|]/g, '\\$&');
}
