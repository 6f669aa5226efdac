import micromatch from 'micromatch';
import type { Change, RelPath } from './change.ts';
import type { RunCommand } from './run-command.ts';
import type { Mapping, Service } from './service.ts';

/** What a path of the project means to one service; compiled once, asked for every change. */
export interface ServiceRules {
  /** Absolute paths in the container that the mappings give it; empty when no mapping has it. */
  containerPaths(path: RelPath, type: Change['type']): readonly string[];
  /** Where a container path may come from, the mapping that wins first. */
  sources(containerPath: string): readonly Source[];
  /** The restart pattern that matches, if any. */
  restartPattern(path: RelPath): string | undefined;
  /** The rebuild pattern that matches, if any; none of the Dockerfile's own where a run step does its work. */
  rebuildPattern(path: RelPath): string | undefined;
  /** What runs in the container when the path has changed there, each with the pattern that matches. */
  runs(path: RelPath): readonly { readonly run: RunCommand; readonly pattern: string }[];
  /** Whether the mapping that wins a container path deletes what it does not know. */
  isMirrored(containerPath: string): boolean;
}

/** A local path that a mapping puts at a container path. */
export interface Source {
  readonly path: RelPath;
  readonly mapping: Mapping;
}

/** Whether a path belongs to a mapping, its ignore rules considered; see `Watcher.covers`. */
export type Covers = (mapping: Mapping, path: RelPath, type: Change['type']) => boolean;

/**
 * Compiles a service's mappings and globs. Globs match dot files and are relative to the project's root. Where two
 * mappings have the same container path, the later one wins.
 */
export function compileRules(
  service: Pick<Service, 'mappings' | 'restart' | 'rebuild' | 'rebuildDefaults' | 'run'>,
  covers: Covers = () => true,
): ServiceRules {
  const mappings = service.mappings.toReversed();
  const runs = (service.run ?? []).map(({ when, ...run }) => ({ run, match: compilePatterns(when) }));
  const containerPaths: ServiceRules['containerPaths'] = (path, type) => {
    const places = mappings.flatMap((mapping) => {
      const place = movePath(path, mapping.from, mapping.to);
      return place !== undefined && covers(mapping, path, type) ? [place] : [];
    });
    return [...new Set(places)];
  };
  const named = compilePatterns(service.rebuild);
  const implied = compilePatterns(service.rebuildDefaults ?? []);
  const hasRun = (path: RelPath): boolean =>
    runs.some(({ match }) => match(path) !== undefined) && containerPaths(path, 'file').length > 0;
  return {
    containerPaths,
    sources: (containerPath) =>
      mappings.flatMap((mapping) => {
        const path = movePath(containerPath, mapping.to, mapping.from);
        return path === undefined ? [] : [{ path: path as RelPath, mapping }];
      }),
    restartPattern: compilePatterns(service.restart),
    rebuildPattern: (path) => named(path) ?? (hasRun(path) ? undefined : implied(path)),
    runs: (path) =>
      runs.flatMap(({ run, match }) => {
        const pattern = match(path);
        return pattern === undefined ? [] : [{ run, pattern }];
      }),
    isMirrored: (containerPath) => winner(mappings, containerPath)?.mirror ?? false,
  };
}

function winner(mappings: readonly Mapping[], containerPath: string): Mapping | undefined {
  return mappings.find(({ from, to }) => movePath(containerPath, to, from) !== undefined);
}

/**
 * The same path under another root, or undefined when it lies outside the first: `a/b/c` moved from `a` to `/x` is
 * `/x/b/c`. A root of `.` holds every relative path, `/` every absolute one.
 */
export function movePath(path: string, from: string, to: string): string | undefined {
  if (path === from) return to;
  const below = from === '.' ? path : stripPrefix(path, from === '/' ? '/' : `${from}/`);
  if (below === undefined) return undefined;
  if (to === '.') return below;
  return to === '/' ? `/${below}` : `${to}/${below}`;
}

function stripPrefix(path: string, prefix: string): string | undefined {
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

// A matcher per pattern, made once: compiling micromatch's expressions costs more than a thousand matches.
function compilePatterns(patterns: readonly string[]): (path: string) => string | undefined {
  const compiled = patterns.map((pattern) => ({
    pattern,
    matches: micromatch.matcher(pattern, { dot: true }),
  }));
  return (path) => compiled.find(({ matches }) => matches(path))?.pattern;
}
