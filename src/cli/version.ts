import { readFileSync } from 'node:fs';
import path from 'node:path';

/** kdev's own version, from the package.json above this file. */
export function readVersion(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (found.name === 'kdev' && found.version !== undefined) return found.version;
    } catch {
      // No package.json here; the next folder up may have it.
    }
    if (folder === path.dirname(folder)) return 'unknown';
  }
}
