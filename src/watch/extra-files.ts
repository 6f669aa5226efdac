import micromatch from 'micromatch';
import { hasGitName } from './ignore-rules.ts';

/** Which paths outside the mappings are watched because a rebuild rule names them. */
export interface ExtraFiles {
  matches(path: string): boolean;
  /** Whether a match may lie below a directory. `deep`: only a `**` leads there, so ignored directories need not be searched. */
  below(dir: string): { readonly may: boolean; readonly deep: boolean };
}

/** `globs` are micromatch patterns or plain paths, relative to the project's root. */
export function createExtraFiles(globs: readonly string[]): ExtraFiles {
  const patterns = globs.map(compile);
  return {
    matches: (path) => !hasGitName(path) && patterns.some((pattern) => pattern.matches(path)),
    below: (dir) => {
      const leading = patterns.filter((pattern) => !hasGitName(dir) && pattern.leadsInto(dir));
      return { may: leading.length > 0, deep: leading.every((pattern) => pattern.isDeep(dir)) };
    },
  };
}

function compile(glob: string) {
  const { base, glob: rest } = micromatch.scan(glob.replace(/^\.\//, ''), {});
  const matches = micromatch.matcher(glob, { dot: true });
  const deepest = rest.includes('**') ? Number.POSITIVE_INFINITY : names(rest).length;
  const start = names(base);
  return {
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
