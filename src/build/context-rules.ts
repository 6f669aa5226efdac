import { type IgnorePattern, readIgnoreFile } from './ignore-pattern.ts';

/** Which paths of a directory belong to a build context; paths are relative to it, `/`-separated. */
export interface ContextRules {
  /** The path itself is left out. What is below an excluded directory may still be included. */
  excludes(path: string): boolean;
  /** BuildKit does not look below this directory. */
  excludesAllBelow(directory: string): boolean;
}

/**
 * The rules of an ignore file as BuildKit walks a context by them: the last line that fits wins, a line fits what is
 * below a directory that it fits, and a directory that is left out is looked into only for an exception's sake.
 *
 * @param onInvalid told the line (from 1) and the pattern that BuildKit refuses
 */
export function readContextRules(
  ignoreFile: string,
  onInvalid: (line: number, pattern: string) => void = () => undefined,
): ContextRules {
  const patterns = readIgnoreFile(ignoreFile, onInvalid);
  if (patterns.length === 0) return { excludes: () => false, excludesAllBelow: () => false };
  const exceptions = patterns.filter(({ exception }) => exception).map(({ text }) => withoutGlobEnd(text));
  const plainExceptions = !exceptions.some((text) => /[*[\]?^\\]/.test(text));
  // Which lines fit a directory counts for everything below it, so each directory is judged once.
  const judged = new Map<string, Judgement>();
  const judgeDirectory = (directory: string): Judgement | undefined => {
    if (directory === '') return undefined;
    let judgement = judged.get(directory);
    if (!judgement) {
      judgement = judge(patterns, directory, judgeDirectory(parentOf(directory)));
      judged.set(directory, judgement);
    }
    return judgement;
  };
  return {
    excludes: (path) => (judged.get(path) ?? judge(patterns, path, judgeDirectory(parentOf(path)))).excluded,
    excludesAllBelow: (directory) => {
      if (judgeDirectory(directory)?.excluded !== true || !plainExceptions) return false;
      return !exceptions.some((text) => `${text}/`.startsWith(`${directory}/`));
    },
  };
}

interface Judgement {
  readonly excluded: boolean;
  /** By pattern: it fits the path or a directory above it. */
  readonly fits: readonly boolean[];
}

function judge(patterns: readonly IgnorePattern[], path: string, above: Judgement | undefined): Judgement {
  let excluded = false;
  const fits = patterns.map(({ exception, matches }, index) => {
    // A line that would change nothing is not asked, and then does not count for what is below either.
    const fit = above?.fits[index] === true || (exception === excluded && matches(path));
    if (fit) excluded = !exception;
    return fit;
  });
  return { excluded, fits };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function withoutGlobEnd(text: string): string {
  return text.replace(/\/\*\*$/, '').replace(/\/\*$/, '');
}
