import dockerignore from '@balena/dockerignore';

/** Which paths of a directory belong to a build context; paths are relative to it, `/`-separated. */
export interface ContextRules {
  /** The path itself is left out. What is below an excluded directory may still be included. */
  excludes(path: string): boolean;
  /** Nothing at or below this directory is included. */
  excludesAllBelow(directory: string): boolean;
}

/** The rules of an ignore file as BuildKit reads it (case counts, the last matching pattern wins). */
export function readContextRules(ignoreFile: string): ContextRules {
  const rules = dockerignore.default({ ignorecase: false }).add(ignoreFile);
  const exceptions = ignoreFile
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.startsWith('!'))
    .map((line) => splitPattern(line.slice(1).trim()));
  const excludes = (path: string): boolean => rules.ignores(path);
  return {
    excludes,
    excludesAllBelow: (directory) => {
      if (!excludes(directory)) return false;
      const names = directory.split('/');
      return !exceptions.some((pattern) => mayMatchBelow(pattern, names));
    },
  };
}

function splitPattern(pattern: string): string[] {
  return pattern.split('/').filter((part) => part !== '' && part !== '.');
}

/** Whether a pattern can match a path at or below a directory: its parts fit as far as both go. */
function mayMatchBelow(pattern: readonly string[], directory: readonly string[]): boolean {
  for (const [index, name] of directory.entries()) {
    const part = pattern[index];
    if (part === undefined || part === '**') return true;
    if (!/[*?[\\]/.test(part) && part !== name) return false;
  }
  return true;
}
