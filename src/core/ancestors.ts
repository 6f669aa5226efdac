/** The paths above a path, the nearest first: `/a/b/c` → `/a/b`, `/a`; `a/b` → `a`. */
export function ancestorsOf(path: string): string[] {
  const ancestors: string[] = [];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    ancestors.push(path.slice(0, end));
  }
  return ancestors;
}
