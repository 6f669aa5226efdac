import { realpathSync } from 'node:fs';
import path from 'node:path';

/**
 * A path of a configuration as the rest of kdev spells it: relative to `root`, `/`-separated, `.` for the root
 * itself. Undefined when it leads outside, by its words or through links.
 */
export function treePath(root: string, given: string): string | undefined {
  const absolute = path.resolve(root, given);
  if (!contains(root, absolute) || !contains(realOf(root), realOf(absolute))) return undefined;
  return path.relative(root, absolute).split(path.sep).join('/') || '.';
}

function contains(folder: string, inner: string): boolean {
  const relative = path.relative(folder, inner);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** With every link followed, as far as the path exists. */
function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const parent = path.dirname(file);
    return parent === file ? file : path.join(realOf(parent), path.basename(file));
  }
}
