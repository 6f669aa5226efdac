import micromatch from 'micromatch';
import { hasGitName } from './ignore-rules.ts';

/** Which paths outside the mappings are watched because a rebuild rule names them. */
export interface ExtraFiles {
  matches(path: string): boolean;
  /**
   * Whether a match may lie below a directory. An ignored directory is searched only when a pattern names it, or a
   * directory around it that is ignored itself; a mere `**` does not lead there.
   */
  mayLieBelow(dir: string, isIgnored: (dir: string) => boolean): boolean;
}

/** `globs` are micromatch patterns or plain paths, relative to the project's root. */
export function createExtraFiles(globs: readonly string[]): ExtraFiles {
  const patterns = globs.map(compile);
  return {
    matches: (path) => !hasGitName(path) && patterns.some((pattern) => pattern.matches(path)),
    mayLieBelow: (dir, isIgnored) =>
      !hasGitName(dir) &&
      patterns.some(
        (pattern) =>
          pattern.leadsInto(dir) &&
          (!pattern.isDeep(dir) || !isIgnored(dir) || (pattern.base !== '' && isIgnored(pattern.base))),
      ),
  };
}

function compile(glob: string) {
  const { base, glob: rest } = micromatch.scan(glob.replace(/^\.\//, ''), {});
  const matches = micromatch.matcher(glob, { dot: true });
  const deepest = rest.includes('**') ? Number.POSITIVE_INFINITY : names(rest).length;
  const start = names(base);
  return {
    base: start.join('/'),
    matches: (path: string) => path === glob || matches(path),
    leadsInto: (dir: string) => {
      const parts = names(dir);
      const shared = Math.min(parts.length, start.length);
      if (parts.slice(0, shared).join('/') !== start.slice(0, shared).join('/')) return false;
      return parts.length < start.length || (rest !== '' && parts.length - start.length < deepest);
    },
    isDeep: (dir: string) => deepest === Number.POSITIVE_INFINITY && names(dir).length > start.length,
  };
}

function names(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
