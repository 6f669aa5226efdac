import ignore, { type Ignore } from 'ignore';
import type { WatchScope } from '../core/ports/watcher.ts';
import { explainTemporary } from './editor-temporaries.ts';

/** Which rule keeps a path out, in the order the layers are asked. */
export interface IgnoreReason {
  readonly layer: 'git' | 'mapping' | '.kdevignore' | 'temporary';
  /** As it was written; for temporaries the expression that matched. */
  readonly pattern: string;
  readonly reason: string;
}

/** Forgotten together when there are so many. */
const rememberedVerdicts = 4_096;

const gitReason: IgnoreReason = { layer: 'git', pattern: '.git', reason: "git's own files are never synced" };

/**
 * The rules of one mapping. The first layer that says something decides: `.git` never; the mapping's `ignore`;
 * `.kdevignore`; the editors' temporaries. A `!pattern` of a layer overrides the layers after it.
 */
export class IgnoreRules {
  readonly #from: string;
  readonly #mapping: GitPatterns;
  readonly #file: GitPatterns;
  /** Verdicts of directories and of everything else: a path that changed is asked for several times. */
  readonly #lately = [
    new Map<string, IgnoreReason | undefined>(),
    new Map<string, IgnoreReason | undefined>(),
  ];
  #dir = '';
  #dirTemporary: ReturnType<typeof explainTemporary>;

  /** `ignoreFile` is the text of the project's `.kdevignore`; its patterns are relative to the project's root. */
  constructor(scope: WatchScope, ignoreFile: string) {
    this.#from = scope.from;
    this.#mapping = new GitPatterns(scope.ignore);
    this.#file = new GitPatterns(ignoreFile.split(/\r?\n/));
  }

  /** `path` lies below the mapping's `from`. Undefined: it is synced. */
  explain(path: string, isDirectory: boolean): IgnoreReason | undefined {
    const lately = this.#lately[isDirectory ? 0 : 1];
    if (lately === undefined || lately.has(path)) return lately?.get(path);
    if (lately.size >= rememberedVerdicts) lately.clear();
    const reason = this.#judge(path, isDirectory);
    lately.set(path, reason);
    return reason;
  }

  #judge(path: string, isDirectory: boolean): IgnoreReason | undefined {
    if (hasGitName(path)) return gitReason;
    const mark = isDirectory ? '/' : '';
    const below = this.#from === '.' ? path : path.slice(this.#from.length + 1);
    const mapping = this.#mapping.test(below + mark);
    if (mapping.pattern !== undefined)
      return patternReason('mapping', mapping.pattern, "the mapping's ignore");
    if (mapping.kept) return undefined;
    const file = this.#file.test(path + mark);
    if (file.pattern !== undefined) return patternReason('.kdevignore', file.pattern, 'the file .kdevignore');
    if (file.kept) return undefined;
    const temporary = this.#explainTemporary(below);
    if (temporary === undefined) return undefined;
    return { layer: 'temporary', pattern: temporary.pattern.source, reason: temporary.reason };
  }

  /** Of the name or of a directory around it; the paths of one directory usually come after each other. */
  #explainTemporary(below: string): ReturnType<typeof explainTemporary> {
    const slash = below.lastIndexOf('/');
    const dir = slash === -1 ? '' : below.slice(0, slash);
    if (dir !== this.#dir) {
      this.#dir = dir;
      this.#dirTemporary = dir
        .split('/')
        .map(explainTemporary)
        .find((found) => found !== undefined);
    }
    return this.#dirTemporary ?? explainTemporary(below.slice(slash + 1));
  }
}

function patternReason(layer: IgnoreReason['layer'], pattern: string, where: string): IgnoreReason {
  return { layer, pattern, reason: `${where} says so` };
}

export function hasGitName(path: string): boolean {
  return /(?:^|\/)\.git(?:\/|$)/.test(path);
}

/** The package remembers every path it was asked for, which costs more than it saves when there are many. */
const rememberedPaths = 512;

class GitPatterns {
  readonly #patterns: readonly string[];
  #matcher: Ignore;
  #asked = 0;

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.filter((pattern) => pattern.trim() !== '');
    this.#matcher = this.#compile();
  }

  test(path: string): { readonly pattern?: string; readonly kept: boolean } {
    if (this.#patterns.length === 0) return { kept: false };
    if (++this.#asked > rememberedPaths) {
      this.#asked = 0;
      this.#matcher = this.#compile();
    }
    const result = this.#matcher.test(path);
    if (result.rule !== undefined) return { pattern: result.rule.pattern, kept: false };
    return { kept: result.unignored };
  }

  #compile(): Ignore {
    return ignore({ ignorecase: false }).add(this.#patterns);
  }
}
