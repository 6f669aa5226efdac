import { lutimesSync } from 'node:fs';
import type { Clock } from '../../src/core/clock.ts';
import type { ContainerFiles } from '../files/container-files.ts';
import type { FileAccess } from '../files/file-access.ts';
import { find } from '../files/found.ts';
import type { OwnSecond } from '../files/own-second.ts';
import { errnoOf, PathError } from '../files/path-error.ts';
import { Slice } from '../slice.ts';
import type { ManagedPaths } from './managed-paths.ts';

export interface SettleOptions {
  readonly files: ContainerFiles;
  readonly managed: ManagedPaths;
  readonly seconds: OwnSecond;
  readonly clock: Clock;
}

/** Gives every path that shares its second a second of its own; waits, less than a second, only where it must. */
export async function settleSeconds(options: SettleOptions): Promise<void> {
  const { files, seconds, clock } = options;
  const slice = new Slice();
  for (const path of [...seconds.sharing]) {
    if (slice.over) await slice.breathe();
    const wait = seconds.settle(path, clock.now()).fromMs - clock.now();
    // A whole millisecond more: timers may fire a fraction early.
    if (wait > 0) await new Promise<void>((resolve) => clock.after(wait + 1, resolve));
    if (seconds.sharing.has(path)) files.use((access) => settlePath(access, path, options));
  }
}

function settlePath(access: FileAccess, path: string, { managed, seconds, clock }: SettleOptions): void {
  const { mtimeMs } = seconds.settle(path, clock.now());
  try {
    const { parent, name } = access.place(path);
    const before = find(parent.at(name));
    if (before?.type !== 'file') {
      seconds.settled(path);
      return;
    }
    lutimesSync(parent.at(name), mtimeMs / 1000, mtimeMs / 1000);
    seconds.settled(path, mtimeMs);
    const known = managed.get(path);
    if (known?.stamp === before.stamp) managed.put(path, { ...known, stamp: find(parent.at(name))?.stamp });
  } catch (thrown) {
    if (errnoOf(thrown) === undefined && !(thrown instanceof PathError)) throw thrown;
    // It cannot be reached any more, so nothing will take it for the source of anything.
    seconds.settled(path);
  }
}
