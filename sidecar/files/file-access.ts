import { mkdirSync } from 'node:fs';
import { Directory, walkError } from './directory.ts';
import type { MappedRoute, Route } from './mapping-route.ts';
import { PathError, unless } from './path-error.ts';
import type { Place, StagedFile } from './place.ts';
import { dressDirectory } from './place-directory.ts';
import { isStageName, openStageDirectory } from './stage-directory.ts';

/** A piece of work that holds so many directories should end and begin anew. */
const manyHandles = 256;

export interface FileAccessOptions {
  /** The closest mapping at or above a path. */
  readonly mapped: (path: string) => MappedRoute;
  /** Whether a path is itself a mapping's. */
  readonly isMapping: (path: string) => boolean;
  readonly readMountPoints: () => ReadonlySet<string>;
}

/** A directory that paths were placed in already: what comes next in it needs no walk. */
interface KnownParent {
  readonly parent: Directory;
  /** Its path in the container without links, `/` behind it. */
  readonly prefix: string;
}

/** The open directories of one piece of work; see `ContainerFiles.use`. */
export class FileAccess {
  readonly #options: FileAccessOptions;
  #mountPoints: ReadonlySet<string> | undefined;
  readonly #handles = new Map<string, Directory>();
  readonly #parents = new Map<string, KnownParent>();
  readonly #stages = new Map<Route, Directory>();

  constructor(options: FileAccessOptions) {
    this.#options = options;
  }

  /**
   * Walks to a path's parent. Links below the mapping are refused; missing directories are made when `create` is
   * set, like their parents in owner and mode.
   * @throws PathError `outside-root`, `reserved-name`; ENOENT, EACCES and their like.
   */
  place(path: string, create = false): Place {
    this.#mountPoints ??= this.#options.readMountPoints();
    const slash = path.lastIndexOf('/');
    const last = path.slice(slash + 1);
    const isMapping = this.#options.isMapping(path);
    const known = isMapping || isStageName(last) ? undefined : this.#parents.get(path.slice(0, slash));
    if (known !== undefined) {
      return { parent: known.parent, name: last, isMount: this.#mountPoints.has(known.prefix + last) };
    }
    const mapped = this.#options.mapped(path);
    const names = namesOf(mapped, path);
    const reserved = names.find(isStageName);
    if (reserved !== undefined)
      throw new PathError('reserved-name', `${path}: names like ${reserved} are kdev’s own.`);
    const { base } = mapped.route;
    const inContainer = `${base.type === 'volume' ? base.path : ''}/${names.join('/')}`;
    const isMount = names.length > 0 && this.#mountPoints.has(inContainer);
    const name = names.pop();
    const parent = this.#walk(mapped.route, names, path, create);
    if (!isMapping) {
      const prefix = inContainer.slice(0, inContainer.lastIndexOf('/') + 1);
      this.#parents.set(path.slice(0, slash), { parent, prefix });
    }
    return { parent, name: name ?? '.', isMount };
  }

  /** The directory at a path. @throws as `place`, and ENOENT */
  directory(path: string): Directory {
    const mapped = this.#options.mapped(path);
    return this.#walk(mapped.route, namesOf(mapped, path), path, false);
  }

  /** The directory that new content for a path is staged in. */
  stageOf(path: string): { readonly directory: Directory; readonly staged: StagedFile['stage'] } {
    const { stage } = this.#options.mapped(path);
    if (stage === 'beside') {
      return { directory: this.place(path, true).parent, staged: { besidePath: path } };
    }
    return { directory: this.#stage(stage), staged: stage };
  }

  /** The path of a staged file for file system calls. */
  staged(file: StagedFile): string | Buffer {
    return this.directoryOf(file).at(file.name);
  }

  /** The directory that a staged file is in. */
  directoryOf(file: StagedFile): Directory {
    return 'besidePath' in file.stage ? this.place(file.stage.besidePath).parent : this.#stage(file.stage);
  }

  /** Whether something of the container's own is mounted below a path. */
  hasMountBelow(path: string): boolean {
    this.#mountPoints ??= this.#options.readMountPoints();
    const mapped = this.#options.mapped(path);
    const { base } = mapped.route;
    const above = `${base.type === 'volume' ? base.path : ''}/${namesOf(mapped, path).join('/')}/`;
    return [...this.#mountPoints].some((point) => point.startsWith(above));
  }

  /** Forgets the handles at and below a path that is about to go or to be replaced. */
  forget(path: string): void {
    this.#parents.clear();
    const mapped = this.#options.mapped(path);
    const key = keyOf(mapped.route, namesOf(mapped, path));
    for (const [held, directory] of this.#handles) {
      if (held !== key && !held.startsWith(`${key}/`)) continue;
      directory.close();
      this.#handles.delete(held);
    }
  }

  get crowded(): boolean {
    return this.#handles.size >= manyHandles;
  }

  close(): void {
    for (const directory of this.#handles.values()) directory.close();
    this.#handles.clear();
    this.#parents.clear();
    this.#stages.clear();
  }

  #stage(stage: Route): Directory {
    const open = this.#stages.get(stage);
    if (open !== undefined) return open;
    const held = this.#hold(keyOf(stage, ['', 'stage', ...stage.names]), () => openStageDirectory(stage));
    this.#stages.set(stage, held);
    return held;
  }

  /** From the closest directory that is held; only the last one is held for the next path. */
  #walk(route: Route, names: readonly string[], path: string, create: boolean): Directory {
    let depth = names.length;
    let at = this.#handles.get(keyOf(route, names));
    while (at === undefined && depth > 0) at = this.#handles.get(keyOf(route, names.slice(0, --depth)));
    at ??= this.#hold(keyOf(route, []), () => Directory.open(route.base.dir));
    const start = at;
    for (const name of names.slice(depth)) {
      try {
        const next = enter(at, name, create);
        if (at !== start) at.close();
        at = next;
      } catch (thrown) {
        if (at !== start) at.close();
        throw walkError(thrown, path, name);
      }
    }
    const reached = at;
    return this.#hold(keyOf(route, names), () => reached);
  }

  #hold(key: string, open: () => Directory): Directory {
    const held = this.#handles.get(key) ?? open();
    this.#handles.set(key, held);
    return held;
  }
}

function namesOf({ mapping, route }: MappedRoute, path: string): string[] {
  const below = path
    .slice(mapping.path.length)
    .split('/')
    .filter((name) => name !== '');
  return [...route.names, ...below];
}

function enter(parent: Directory, name: string, create: boolean): Directory {
  return unless(create ? ['ENOENT'] : [], () => parent.enter(name)) ?? makeDirectory(parent, name);
}

function makeDirectory(parent: Directory, name: string): Directory {
  mkdirSync(parent.at(name), { mode: 0o700 });
  const made = parent.enter(name);
  dressDirectory(made, parent, parent.owner.mode);
  return made;
}

function keyOf(route: Route, names: readonly string[]): string {
  return `${route.base.dir}\0${names.join('/')}`;
}
