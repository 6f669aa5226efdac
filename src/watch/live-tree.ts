import type { LocalEntry } from '../core/ports/watcher.ts';
import type { Stamp } from '../tree/stamp.ts';

/** One path the watcher knows of. */
export interface Node {
  /** Absent: no member, a directory that is watched for what lies further down. */
  readonly entry: LocalEntry | undefined;
  readonly stamp: Stamp;
  /** The content may have changed under the same stamp, see `isRacy`. */
  readonly racy: boolean;
  /** Of a directory only. */
  readonly dir?: DirectoryState;
}

export interface DirectoryState {
  readonly identity: string;
  readonly children: Map<string, Node>;
}

/** The present state of everything watched, nested like the directories, so that a subtree moves or goes at once. */
export class LiveTree {
  #root: Node | undefined;
  /** The directory that was asked for last: its other names usually follow. */
  #near: { readonly path: string; readonly children: Map<string, Node> } | undefined;

  find(path: string): Node | undefined {
    return path === '.' ? this.#root : this.#childrenOf(parentOf(path))?.get(nameOf(path));
  }

  #childrenOf(dir: string): Map<string, Node> | undefined {
    if (this.#near?.path === dir) return this.#near.children;
    const children = (dir === '.' ? this.#root : this.#walkTo(dir))?.dir?.children;
    if (children !== undefined) this.#near = { path: dir, children };
    return children;
  }

  #walkTo(path: string): Node | undefined {
    let node = this.#root;
    let from = 0;
    while (node !== undefined) {
      const slash = path.indexOf('/', from);
      const name = slash === -1 ? path.slice(from) : path.slice(from, slash);
      node = node.dir?.children.get(name);
      if (slash === -1) return node;
      from = slash + 1;
    }
    return undefined;
  }

  /** False, and nothing happens, when the parent is no directory of the tree. */
  put(path: string, node: Node): boolean {
    if (path === '.') {
      this.#near = undefined;
      this.#root = node;
      return true;
    }
    const children = this.#childrenOf(parentOf(path));
    const name = nameOf(path);
    // It may be on the way to the directory that was asked for last.
    if (children?.get(name)?.dir !== undefined) this.#near = undefined;
    children?.set(name, node);
    return children !== undefined;
  }

  remove(path: string): void {
    if (path === '.') {
      this.#near = undefined;
      this.#root = undefined;
      return;
    }
    const children = this.#childrenOf(parentOf(path));
    const name = nameOf(path);
    if (children?.get(name)?.dir !== undefined) this.#near = undefined;
    children?.delete(name);
  }

  /** Everything at and below a path, parents before children. */
  *walk(path: string): Generator<readonly [string, Node], void, void> {
    const top = this.find(path);
    if (top === undefined) return;
    const stack: (readonly [string, Node])[] = [[path, top]];
    for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
      yield item;
      const [at, node] = item;
      if (node.dir === undefined) continue;
      for (const [name, child] of [...node.dir.children].reverse()) stack.push([joinPath(at, name), child]);
    }
  }

  /** The paths of files that may have more than one name. */
  namesOf(inodes: ReadonlySet<bigint>): readonly string[] {
    const found: string[] = [];
    const search = (at: string, children: ReadonlyMap<string, Node>) => {
      for (const [name, child] of children) {
        if (child.dir !== undefined) search(joinPath(at, name), child.dir.children);
        else if (inodes.has(child.stamp.ino)) found.push(joinPath(at, name));
      }
    };
    search('.', this.#root?.dir?.children ?? new Map());
    return found;
  }

  /** How many members lie strictly below a path, counted up to `limit`. */
  countBelow(path: string, limit: number): number {
    let count = 0;
    for (const [at, node] of this.walk(path)) {
      if (at !== path && node.entry !== undefined && ++count >= limit) break;
    }
    return count;
  }
}

export function joinPath(dir: string, name: string): string {
  return dir === '.' ? name : `${dir}/${name}`;
}

/** `.` for a name in the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, slash);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
