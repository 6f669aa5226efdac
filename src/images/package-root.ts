import { existsSync } from 'node:fs';
import path from 'node:path';
import { KdevError } from '../core/error.ts';

/**
 * The folder of kdev's own package, which holds the sources of its images: the nearest one above this file that has
 * `images/sidecar`. It is the same whether kdev runs from its bundle or from its sources.
 *
 * @throws KdevError `package-incomplete`.
 */
export function packageRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'images', 'sidecar', 'main.go'))) return folder;
    if (folder === path.dirname(folder)) break;
  }
  throw new KdevError({
    code: 'package-incomplete',
    fault: 'environment',
    what: `kdev's own folder images/ is not above ${from}, so its images cannot be made.`,
    cure: 'Install kdev again, or run it from a full checkout.',
  });
}
