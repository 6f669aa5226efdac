import { ancestorsOf } from '../../src/core/ancestors.ts';
import { directory } from '../../src/core/entry.ts';
import type { ContainerFiles } from '../files/container-files.ts';
import type { ManagedPaths } from './managed-paths.ts';
import type { Version } from './version.ts';

/**
 * The directories that a placed path needed are kdev's like the path itself: their own entries may come later, in
 * another batch, or never, and they have to be known and to go again all the same.
 */
export function noteParents(
  path: string,
  version: Version,
  { files, managed }: { readonly files: ContainerFiles; readonly managed: ManagedPaths },
): void {
  // Nearly always the first one is known.
  if (managed.get(path.slice(0, path.lastIndexOf('/')))?.entry.type === 'dir') return;
  for (const parent of ancestorsOf(path)) {
    if (!files.isBelowMapping(parent) || managed.get(parent)?.entry.type === 'dir') return;
    managed.put(parent, { entry: directory, version });
  }
}
