import micromatch from 'micromatch';
import { movePath } from '../core/rules.ts';
import type { Service } from '../core/service.ts';
import type { ListedFile } from './listed-file.ts';

/** A path of the container and where it belongs in the tree. */
export interface WantedFile {
  readonly containerPath: string;
  /** Relative to the project's root. */
  readonly localPath: string;
  readonly size: number;
}

/**
 * What of a container's files the globs ask for, seen through the mappings; of two mappings with one local path the
 * later. Ignore rules do not count, because what is never sent is often what is wanted back; `.git` never comes.
 */
export function choosePaths(options: {
  readonly service: Pick<Service, 'mappings'>;
  readonly listed: readonly ListedFile[];
  /** Relative to the project's root. */
  readonly globs: readonly string[];
}): readonly WantedFile[] {
  const { service, listed, globs } = options;
  const matchers = globs.map((glob) => micromatch.matcher(glob, { dot: true }));
  const wanted = new Map<string, WantedFile>();
  for (const { path, size } of listed) {
    for (const { from, to } of service.mappings) {
      const localPath = movePath(path, to, from);
      if (localPath === undefined || !isPlain(localPath)) continue;
      if (matchers.some((matches) => matches(localPath)))
        wanted.set(localPath, { containerPath: path, localPath, size });
    }
  }
  return [...wanted.values()];
}

/** No step up, nothing absolute or empty, no NUL, nothing of git's. */
function isPlain(localPath: string): boolean {
  const parts = localPath.split('/');
  return !localPath.includes('\0') && !parts.some((part) => ['', '.', '..', '.git'].includes(part));
}
