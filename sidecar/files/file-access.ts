import { mkdirSync } from 'node:fs';
import { Directory, walkError } from './directory.ts';
import type { MappedRoute, Route } from './mapping-route.ts';
import { PathError, unless } from './path-error.ts';
import type { Place, StagedFile } from './place.ts';
import { dressDirectory } from './place-directory.ts';
import { isStageName, openStageDirectory } from './stage-directory.ts';

/** A piece of work that holds so many directories should end and begin anew. */
const manyHandles = 256;

/** The open directories of one piece of work; see `ContainerFiles.use`. */
export class FileAccess {
  readonly #mapped: (path: string) => MappedRoute;
  readonly #readMountPoints: () => ReadonlySet<string>;
  #mountPoints: ReadonlySet<string> | undefined;
  readonly #handles = new Map<string, Directory>();

  constructor(mapped: (path: string) => MappedRoute, readMountPoints: () => ReadonlySet<string>) {
    this.#mapped = mapped;
    this.#readMountPoints = readMountPoints;
  }

  /**
   * Walks to a path's parent. Links below the mapping are refused; missing directories are made when `create` is
   * set, like their parents in owner and mode.
   * @throws PathError `outside-root`, `reserved-name`; ENOENT, EACCES and their like.
   */
  place(path: string, create = false): Place {
    const mapped = this.#mapped(path);
    const names = namesOf(mapped, path);
    const reserved = names.find(isStageName);
    if (reserved !== undefined)
      throw new PathError('reserved-name', `${path}: names like ${reserved} are kdev’s own.`);
    this.#mountPoints ??= this.#readMountPoints();
    const { base } = mapped.route;
    const inContainer = `${base.type === 'volume' ? base.path : ''}/${names.join('/')}`;
    const isMount = names.length > 0 && this.#mountPoints.has(inContainer);
    const name = names.pop();
    return { parent: this.#walk(mapped.route, names, path, create), name: name ?? '.', isMount };
  }

  /** The directory at a path. @throws as `place`, and ENOENT */
  directory(path: string): Directory {
    const mapped = this.#mapped(path);
    return this.#walk(mapped.route, namesOf(mapped, path), path, false);
  }

  /** The directory that new content for a path is staged in. */
  stageOf(path: string): { readonly directory: Directory; readonly staged: StagedFile['stage'] } {
    const { stage } = this.#mapped(path);
    if (stage === 'beside') {
      return { directory: this.place(path, true).parent, staged: { besidePath: path } };
    }
    return { directory: this.#stage(stage), staged: stage };
  }

  /** The path of a staged file for file system calls. */
  staged(file: StagedFile): string | Buffer {
    const directory =
      'besidePath' in file.stage ? this.place(file.stage.besidePath).parent : this.#stage(file.stage);
    return directory.at(file.name);
  }

  /** Forgets the handles at and below a path that is about to go or to be replaced. */
  forget(path: string): void {
    const mapped = this.#mapped(path);
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
  }

  #stage(stage: Route): Directory {
    return this.#hold(keyOf(stage, ['', 'stage', ...stage.names]), () => openStageDirectory(stage));
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
