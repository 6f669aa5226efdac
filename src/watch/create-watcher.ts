import { type Clock, systemClock } from '../core/clock.ts';
import type { WatchScope } from '../core/ports/watcher.ts';
import { createChokidarHints } from './chokidar-hints.ts';
import { createDirectoryHints } from './directory-hints.ts';
import { defaultIgnoreFile } from './ignore-file.ts';
import { TreeWatcher } from './tree-watcher.ts';

export interface WatcherOptions {
  /** Absolute; the directory that all paths are relative to. A link is followed. */
  readonly root: string;
  /** The mappings of all services. */
  readonly scopes: readonly WatchScope[];
  /** Globs (micromatch) or paths, relative to the root, that rebuild rules need beside the mappings. @default [] */
  readonly extraFiles?: readonly string[];
  /** Name of the project's own ignore file in the root. @default '.kdevignore' */
  readonly ignoreFile?: string;
  /** @default the system's */
  readonly clock?: Clock;
  /** See docs/decisions/watch-hints.md. @default 'directories' on Linux, else 'chokidar' */
  readonly hints?: 'directories' | 'chokidar';
  /** Absolute; keeps digests between runs. @default none are kept */
  readonly digestCacheFile?: string;
}

/**
 * A watcher over the union of all mappings and of what rebuild rules watch. Nothing is read or watched before
 * `start`. @throws KdevError `watch-root-unreadable`
 */
export function createWatcher(options: WatcherOptions): TreeWatcher {
  const hints = options.hints ?? (process.platform === 'linux' ? 'directories' : 'chokidar');
  return new TreeWatcher({
    root: options.root,
    scopes: options.scopes,
    extraFiles: options.extraFiles ?? [],
    ignoreFile: options.ignoreFile ?? defaultIgnoreFile,
    clock: options.clock ?? systemClock,
    createHints: hints === 'directories' ? createDirectoryHints : createChokidarHints,
    digestCacheFile: options.digestCacheFile,
  });
}
