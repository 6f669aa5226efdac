import type { PathProblem } from '../../src/core/replica-facts.ts';

/** One path cannot be read or applied; `code` is an errno name or one of `PathProblem`'s own. */
export class PathError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'PathError';
    this.code = code;
  }
}

/** The errno name of a failed file system call; undefined for everything else. */
export function errnoOf(thrown: unknown): string | undefined {
  if (thrown instanceof PathError || !(thrown instanceof Error)) return undefined;
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** Runs a file system call; undefined where it failed with one of `codes`. */
export function unless<Result>(codes: readonly string[], call: () => Result): Result | undefined {
  try {
    return call();
  } catch (thrown) {
    if (codes.includes(errnoOf(thrown) ?? '')) return undefined;
    throw thrown;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is mounted read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'the name is too long for the file system',
  EBUSY: 'something is mounted there',
  ELOOP: 'a symbolic link is in the way',
};

/** A thrown error as what the session is told about the path. `where` adds the facts that explain it. */
export function problemOf(path: string, thrown: unknown, where = ''): PathProblem {
  if (thrown instanceof PathError) return { path, code: thrown.code, message: thrown.message };
  const code = errnoOf(thrown);
  if (code === undefined) throw thrown;
  const reason = reasons[code] ?? (thrown instanceof Error ? thrown.message : code);
  return { path, code, message: `${path} could not be changed: ${reason} (${code})${where}.` };
}
