import path from 'node:path';

/** A file as a person in `cwd` would name it: relative when it lies there or below, else absolute. */
export function relativeTo(cwd: string, file: string): string {
  const relative = path.relative(cwd, file);
  const outside = relative === '' || relative.startsWith('..') || path.isAbsolute(relative);
  return outside ? file : relative;
}
