import type { Clock } from '../core/clock.ts';
import { pathDepth } from '../tree/compare.ts';
import { listNames } from '../tree/list-names.ts';
import { lookAt, lookOfError } from '../tree/look.ts';
import { joinPath, type LiveTree } from './live-tree.ts';
import type { Problems } from './problems.ts';
import { isBelow, type Selection } from './selection.ts';

const pollMs = 500;
/** How many paths decide whether another directory in a root's place is the same tree. */
const comparedPaths = 256;

/** What a look at a root says about believing that paths in it are gone. */
type RootState = 'present' | 'missing' | 'empty' | 'replaced' | 'unreadable';

/**
 * Guards against taking a lost root for deletions: a root is the project's own or a mapping's `from`. When one that
 * held more than one path is found missing, empty, unreadable or replaced by something else, it is held as it was,
 * with a problem, until it is back or a person says that this is meant.
 */
export class RootGuard {
  readonly #roots: ReadonlySet<string>;
  /** The project's root is itself a mapping, so what it ignores does not fill it. */
  readonly #isMappedRoot: boolean;
  readonly #tree: LiveTree;
  readonly #clock: Clock;
  readonly #problems: Problems;
  readonly #absolute: (path: string) => string;
  readonly #selection: () => Selection;
  readonly #onBack: () => void;
  readonly #gone = new Set<string>();
  readonly #accepted = new Set<string>();
  readonly #checked = new Map<string, RootState>();
  #cancel: (() => void) | undefined;

  constructor(options: {
    readonly roots: Iterable<string>;
    readonly tree: LiveTree;
    readonly clock: Clock;
    readonly problems: Problems;
    readonly absolute: (path: string) => string;
    readonly selection: () => Selection;
    readonly onBack: () => void;
  }) {
    // The outermost first: it is the one a problem should name.
    const mapped = new Set(options.roots);
    this.#isMappedRoot = mapped.has('.');
    this.#roots = new Set(['.', ...[...mapped].sort((a, b) => pathDepth(a) - pathDepth(b))]);
    this.#tree = options.tree;
    this.#clock = options.clock;
    this.#problems = options.problems;
    this.#absolute = options.absolute;
    this.#selection = options.selection;
    this.#onBack = options.onBack;
  }

  /** Whether a path is a held root or lies in one. */
  isGone(path: string): boolean {
    if (this.#gone.size === 0) return false;
    for (const root of this.#gone) if (path === root || isBelow(path, root)) return true;
    return false;
  }

  /** Whether it may be believed that a path is gone. */
  mayDelete(path: string): boolean {
    for (const root of this.#roots) {
      const touches = path === root || isBelow(path, root) || isBelow(root, path);
      if (touches && !this.#holds(root)) return false;
    }
    return path !== '.';
  }

  /** Whether another directory in the place of this one may be compared with it. */
  mayReplace(path: string): boolean {
    return !this.#roots.has(path) || this.#holds(path);
  }

  /** True when the directory is a root, which is held now. */
  reportUnreadable(path: string, code: string): boolean {
    if (!this.#roots.has(path)) return false;
    this.#hold(path, 'unreadable', code);
    return true;
  }

  /** The next look at these roots is a new one. */
  forgetLooks(): void {
    this.#checked.clear();
  }

  /** What is in the root's place now counts. */
  accept(root: string): void {
    this.#accepted.add(root);
    this.#release(root);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #holds(root: string): boolean {
    const state = this.#checked.get(root) ?? this.#look(root);
    this.#checked.set(root, state);
    if (state === 'present') this.#accepted.delete(root);
    else if (!this.#accepted.has(root)) this.#hold(root, state);
    return state === 'present' || this.#accepted.has(root);
  }

  #look(root: string): RootState {
    const known = this.#tree.find(root)?.dir;
    if (known === undefined || (root !== '.' && this.#tree.countBelow(root, 2) < 2)) return 'present';
    const look = lookAt(this.#absolute(root));
    if (look.type === 'missing' || look.type === 'unreadable') return look.type;
    if (look.type !== 'dir') return 'replaced';
    try {
      const names = listNames(this.#absolute(root));
      const filled = names.some((name) => this.#isWatched(root, name));
      if (!filled && this.#tree.countBelow(root, 2) === 2) return 'empty';
      return sameDirectory(root, known.identity, look.identity) || this.#isAlike(root)
        ? 'present'
        : 'replaced';
    } catch (thrown) {
      return lookOfError(thrown).type;
    }
  }

  /** Whether at least half of the members known are there. */
  #isAlike(root: string): boolean {
    let known = 0;
    let present = 0;
    for (const [path, { entry }] of this.#tree.walk(root)) {
      if (entry === undefined || path === root) continue;
      if (lookAt(this.#absolute(path)).type === entry.type) present++;
      if (++known === comparedPaths) break;
    }
    return present * 2 >= known;
  }

  #isWatched(root: string, name: string): boolean {
    if (root === '.' && !this.#isMappedRoot) return name !== '.git';
    const path = joinPath(root, name);
    const verdict = this.#selection().judge(path, lookAt(this.#absolute(path)).type === 'dir');
    return verdict.member || verdict.descend;
  }

  #hold(root: string, state: Exclude<RootState, 'present'>, code?: string): void {
    this.#gone.add(root);
    const name = root === '.' ? `The project's root ${this.#absolute(root)}` : root;
    this.#problems.report({
      path: root,
      code: 'root-gone',
      message: `${name} is ${state}${code === undefined ? '' : ` (${code})`}: nothing in it is taken for deleted`,
      cure: 'Put it back, mount it or make it readable and kdev goes on by itself; confirm when it is meant.',
    });
    this.#cancel ??= this.#clock.after(pollMs, () => this.#poll());
  }

  #poll(): void {
    this.#cancel = undefined;
    this.forgetLooks();
    for (const root of [...this.#gone]) if (this.#look(root) === 'present') this.#release(root);
    if (this.#gone.size > 0) this.#cancel = this.#clock.after(pollMs, () => this.#poll());
  }

  #release(root: string): void {
    this.forgetLooks();
    if (!this.#gone.delete(root)) return;
    this.#problems.resolve(root, 'root-gone');
    this.#onBack();
  }
}

// A mapping's directory is made anew by builds and checkouts; only another file system in its place is suspicious.
function sameDirectory(root: string, known: string, found: string): boolean {
  return root === '.' ? known === found : known.split(':')[0] === found.split(':')[0];
}
