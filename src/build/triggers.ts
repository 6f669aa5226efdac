import { dependencyLists } from './dependency-lists.ts';
import { readStages, type Stage } from './dockerfile-stages.ts';
import { reachableStages, refersTo } from './reachable-stages.ts';

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
  /** Folders and files, relative to the project's root, that are synced. @default none are known */
  readonly mapped?: readonly string[] | undefined;
}

/**
 * Which files an image has to be built again for, as micromatch globs relative to the project's root: the
 * Dockerfile, its ignore files, what a RUN of the target's stages reads, and what is copied but not synced. Files
 * that are copied and only run later are no trigger where a sync serves them. Of a directory that a RUN reads only the
 * known dependency lists count, because source code is what directories hold mostly; the whole context is never
 * counted for being copied.
 */
export function defaultRebuildPatterns(options: TriggerOptions): readonly string[] {
  const { contextDir, dockerfilePath } = options;
  const patterns = new Set([
    escapeGlob(dockerfilePath),
    escapeGlob(`${dockerfilePath}.dockerignore`),
    escapeGlob(join(contextDir, '.dockerignore')),
  ]);
  const stages = readStages(options.dockerfile, options.args);
  const reachable = reachableStages(stages, options.target);
  for (const stage of reachable) {
    for (const [index, step] of stage.steps.entries()) {
      if (step.type !== 'mount' && step.type !== 'copy') continue;
      const isRead = step.type === 'mount' || isRunLater(stage, index + 1, reachable);
      for (const source of step.sources) {
        if (isRead) addSource(patterns, source, options);
        if (step.type === 'copy') addUnsynced(patterns, source, options);
      }
    }
  }
  return [...patterns];
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

/** What is copied and lies in no mapping can reach a container by a new image only. */
function addUnsynced(patterns: Set<string>, source: string, options: TriggerOptions): void {
  const { contextDir, isDirectory, mapped } = options;
  const path = cleanPath(source);
  if (mapped === undefined || path === '.') return;
  const start = join(contextDir, path.replace(/(?:^|\/)[^/]*[*?[].*$/, '') || '.');
  const isFolder = !isGlob(path) && isDirectory(path);
  if (mapped.some((from) => isAtOrBelow(start, from) || (isFolder && isAtOrBelow(from, start)))) return;
  patterns.add(
    isFolder
      ? `${escapeGlob(start)}/**`
      : join(escapeGlob(contextDir), isGlob(path) ? path : escapeGlob(path)),
  );
}

function isAtOrBelow(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}

function cleanPath(source: string): string {
  return source.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '') || '.';
}

function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

function addSource(patterns: Set<string>, source: string, { contextDir, isDirectory }: TriggerOptions): void {
  const path = cleanPath(source);
  if (!isGlob(path) && isDirectory(path)) {
    const below = path === '.' ? contextDir : join(contextDir, path);
    for (const name of dependencyLists)
      patterns.add(below === '.' ? `**/${name}` : `${escapeGlob(below)}/**/${name}`);
  } else if (contextDir === '.') {
    patterns.add(isGlob(path) ? path : escapeGlob(path));
  } else {
    patterns.add(`${escapeGlob(contextDir)}/${isGlob(path) ? path : escapeGlob(path)}`);
  }
}

function join(dir: string, path: string): string {
  if (path === '.') return dir;
  return dir === '.' ? path : `${dir}/${path}`;
}

function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\]{}()!+@|]/g, '\\$&');
}
