import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { Directory } from './directory.ts';
import type { Route } from './mapping-route.ts';
import { errnoOf, unless } from './path-error.ts';

/** Whatever begins with it is kdev's own: never listed, never taken from a session. */
export const stageName = '.kdev-stage';

/** How this agent's staged files begin; those of an agent before it are rubbish. */
export const ownStagePrefix: string = `${stageName}-${randomBytes(4).toString('hex')}-`;

/** Whether a name is kdev's own. */
export function isStageName(name: string): boolean {
  return name === stageName || name.startsWith(`${stageName}-`);
}

/** Opens a route's directories; the last one is made, for the agent's eyes only, where it is missing. */
export function openStageDirectory(stage: Route): Directory {
  if (stage.names.length === 0) {
    mkdirSync(stage.base.dir, { recursive: true, mode: 0o700 });
    return Directory.open(stage.base.dir);
  }
  let at = Directory.open(stage.base.dir);
  try {
    for (const [index, name] of stage.names.entries()) {
      if (index === stage.names.length - 1) {
        unless(['EEXIST'], () => mkdirSync(at.at(name), { mode: 0o700 }));
      }
      const next = at.enter(name);
      at.close();
      at = next;
    }
    return at;
  } catch (thrown) {
    at.close();
    throw thrown;
  }
}

/** Whether staging can happen there. What an earlier agent left in it goes. */
export function makeStageDirectory(stage: Route, fits: (made: Directory) => boolean): boolean {
  let made: Directory;
  try {
    made = openStageDirectory(stage);
  } catch (thrown) {
    // Not writable, read-only, full or not there at all: another place has to do.
    if (errnoOf(thrown) !== undefined) return false;
    throw thrown;
  }
  try {
    if (!fits(made)) return false;
    emptyStageDirectory(made);
    return true;
  } finally {
    made.close();
  }
}

export function emptyStageDirectory(stage: Directory): void {
  for (const name of readdirSync(stage.self)) {
    if (!name.startsWith(ownStagePrefix)) rmSync(stage.at(name), { recursive: true, force: true });
  }
}
