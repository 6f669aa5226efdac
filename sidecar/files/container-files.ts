import { readFileSync } from 'node:fs';
import type { PodContainer } from '../../src/core/pod-layout.ts';
import type { MappingFacts } from '../../src/wire/messages.ts';
import { Directory } from './directory.ts';
import { FileAccess } from './file-access.ts';
import { type Base, type MappedRoute, type Route, routeMapping } from './mapping-route.ts';
import { readMountPoints } from './mount-points.ts';
import { PathError, unless } from './path-error.ts';
import { makeStageDirectory, stageName } from './stage-directory.ts';

export interface ContainerFilesOptions {
  /** `/proc/<pid>/root` of the incarnation. */
  readonly rootDir: string;
  readonly container: PodContainer;
  /** See `podLayout.codeStagingDir`. */
  readonly codeStagingDir: string;
}

/**
 * The files of one incarnation, by their paths in the container. Handles are held for one turn of the event loop: one that is
 * held longer would outlive the container, and writes through it would vanish without an error.
 */
export class ContainerFiles {
  readonly #options: ContainerFilesOptions;
  readonly #root: Base;
  readonly #routes = new Map<string, MappedRoute>();
  #mappings: readonly MappingFacts[] = [];
  #mappingPaths: ReadonlySet<string> = new Set();
  #access: FileAccess | undefined;

  constructor(options: ContainerFilesOptions) {
    this.#options = options;
    this.#root = { type: 'root', dir: options.rootDir };
  }

  /**
   * Runs one synchronous piece of work. The handles it opens serve whatever else runs in this turn of the event loop
   * and are closed behind it.
   */
  use<Result>(run: (access: FileAccess) => Result): Result {
    if (this.#access?.crowded) this.#access.close();
    this.#access ??= this.#openAccess();
    return run(this.#access);
  }

  /** Whether the container's root can be entered: not once its process ends. */
  get reachable(): boolean {
    const root = unless(['ENOENT', 'ESRCH', 'EACCES'], () => Directory.open(this.#root.dir));
    root?.close();
    return root !== undefined;
  }

  /** Whether a path lies in a mapped directory, which itself is not counted. */
  isBelowMapping(path: string): boolean {
    return this.#mappings.some((mapping) => path.startsWith(`${mapping.path}/`));
  }

  /** The mappings of the session; a mapping that was known keeps its place. */
  setMappings(mappings: readonly MappingFacts[]): void {
    const kinds = new Map(mappings.map((mapping) => [mapping.path, mapping.kind]));
    for (const [path, { mapping }] of this.#routes) {
      if (kinds.get(path) !== mapping.kind) this.#routes.delete(path);
    }
    this.#mappings = [...mappings].sort((a, b) => b.path.length - a.path.length);
    this.#mappingPaths = new Set(kinds.keys());
  }

  #openAccess(): FileAccess {
    const access = new FileAccess({
      mapped: (path) => this.mapped(path),
      isMapping: (path) => this.#mappingPaths.has(path),
      readMountPoints: () => readMountPoints(this.#options.rootDir),
    });
    setImmediate(() => {
      access.close();
      this.#access = undefined;
    });
    return access;
  }

  /** The closest mapping at or above a path. @throws PathError `outside-root` where there is none. */
  mapped(path: string): MappedRoute {
    const mapping = this.#mappings.find((candidate) => covers(candidate, path));
    if (mapping === undefined)
      throw new PathError('outside-root', `${path} is below no mapping of the session.`);
    let mapped = this.#routes.get(mapping.path);
    if (mapped === undefined) {
      const route = routeMapping(mapping, this.#root, this.#options.container);
      mapped = { mapping, route, stage: this.#chooseStage(route) };
      this.#routes.set(mapping.path, mapped);
    }
    return mapped;
  }

  /**
   * Outside of what is mapped, so that nothing in the container that watches it sees half a file, and on the same
   * mount, so that a rename is all it takes: the code volume's own staging directory, the container's root, or the
   * directory that holds the mapping.
   */
  #chooseStage(route: Route): Route | 'beside' {
    if (route.base.type === 'volume') {
      const stage: Route = { base: { ...route.base, dir: this.#options.codeStagingDir }, names: [] };
      return makeStageDirectory(stage, () => true) ? stage : 'beside';
    }
    const target = deepest(route);
    try {
      const mount = mountOf(target);
      for (const names of [[], route.names.slice(0, -1)]) {
        const stage: Route = { base: route.base, names: [...names, stageName] };
        if (makeStageDirectory(stage, (made) => mountOf(made) === mount)) return stage;
      }
      return 'beside';
    } finally {
      target.close();
    }
  }
}

function covers(mapping: MappingFacts, path: string): boolean {
  if (mapping.path === path) return true;
  return mapping.kind === 'dir' && path.startsWith(mapping.path === '/' ? '/' : `${mapping.path}/`);
}

/** The deepest directory of a route that exists. */
function deepest(route: Route): Directory {
  let at = Directory.open(route.base.dir);
  for (const name of route.names) {
    const next = unless(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'], () => at.enter(name));
    if (next === undefined) break;
    at.close();
    at = next;
  }
  return at;
}

/** proc(5): `mnt_id` tells mounts apart that are parts of one file system, between which a rename is EXDEV too. */
function mountOf(directory: Directory): string {
  const facts = readFileSync(`/proc/self/fdinfo/${directory.fd}`, 'utf8');
  return /^mnt_id:\s*(\d+)$/m.exec(facts)?.[1] ?? facts;
}
