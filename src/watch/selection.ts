import type { WatchScope } from '../core/ports/watcher.ts';
import { createExtraFiles } from './extra-files.ts';
import { hasGitName, type IgnoreReason, IgnoreRules } from './ignore-rules.ts';

/** What the watcher does with a path. */
export interface Verdict {
  /** In the tree: its changes are reported. */
  readonly member: boolean;
  /** A directory to watch, for its own members or for those further down. */
  readonly descend: boolean;
}

/** The union of all mappings and of what rebuild rules watch. */
export interface Selection {
  judge(path: string, isDirectory: boolean): Verdict;
  covers(scope: WatchScope, path: string, isDirectory: boolean): boolean;
  /** Why a mapping leaves a path out; undefined when it is synced. The path lies at or below its `from`. */
  explain(scope: WatchScope, path: string, isDirectory: boolean): IgnoreReason | undefined;
}

export interface SelectionOptions {
  readonly scopes: readonly WatchScope[];
  /** Globs or paths relative to the project's root. */
  readonly extraFiles: readonly string[];
  /** Text of `.kdevignore`. */
  readonly ignoreFile: string;
}

export function createSelection(options: SelectionOptions): Selection {
  const rules = new Map<string, { readonly from: string; readonly rules: IgnoreRules }>();
  const byScope = new WeakMap<WatchScope, IgnoreRules>();
  const rulesOf = (scope: WatchScope) => {
    const key = JSON.stringify([scope.from, scope.ignore]);
    const known = rules.get(key) ?? { from: scope.from, rules: new IgnoreRules(scope, options.ignoreFile) };
    rules.set(key, known);
    return known;
  };
  const ignoreRulesOf = (scope: WatchScope): IgnoreRules => {
    const known = byScope.get(scope) ?? rulesOf(scope).rules;
    byScope.set(scope, known);
    return known;
  };
  const scopes = options.scopes.map(rulesOf);
  const extra = createExtraFiles(options.extraFiles);
  const ignoredAnywhere = new IgnoreRules({ from: '.', ignore: [] }, options.ignoreFile);

  const isIgnored = (dir: string) =>
    ignoredAnywhere.explain(dir, true) !== undefined ||
    scopes.some(({ from, rules }) => isBelow(dir, from) && rules.explain(dir, true) !== undefined);

  return {
    judge(path, isDirectory) {
      if (hasGitName(path)) return { member: false, descend: false };
      let leads = path === '.';
      for (const { from, rules } of scopes) {
        const inside =
          path === from || (isBelow(path, from) && rules.explain(path, isDirectory) === undefined);
        if (inside) return { member: true, descend: isDirectory };
        leads ||= isBelow(from, path);
      }
      if (!isDirectory) return { member: extra.matches(path), descend: false };
      return { member: false, descend: leads || extra.mayLieBelow(path, isIgnored) };
    },
    covers(scope, path, isDirectory) {
      if (path === scope.from) return !hasGitName(path);
      if (!isBelow(path, scope.from)) return false;
      return ignoreRulesOf(scope).explain(path, isDirectory) === undefined;
    },
    explain: (scope, path, isDirectory) =>
      path === scope.from && !hasGitName(path) ? undefined : rulesOf(scope).rules.explain(path, isDirectory),
  };
}

/** Whether a path lies strictly below a directory; everything but itself lies below the root `.`. */
export function isBelow(path: string, dir: string): boolean {
  if (dir === '.') return path !== '.';
  return path.length > dir.length && path.startsWith(dir) && path[dir.length] === '/';
}
