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
  const last = stage.names.at(-1);
  if (last === undefined) return openOwnDirectory(stage.base.dir);
  let at = Directory.open(stage.base.dir);
  try {
    for (const name of stage.names.slice(0, -1)) {
      const next = at.enter(name);
      at.close();
      at = next;
    }
    const made = unless(['ENOENT'], () => at.enter(last));
    if (made !== undefined) return made;
    mkdirSync(at.at(last), { mode: 0o700 });
    return at.enter(last);
  } finally {
    at.close();
  }
}

function openOwnDirectory(dir: string): Directory {
  const there = unless(['ENOENT'], () => Directory.open(dir));
  if (there !== undefined) return there;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return Directory.open(dir);
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

function emptyStageDirectory(stage: Directory): void {
  for (const name of readdirSync(stage.self)) {
    if (!name.startsWith(ownStagePrefix)) rmSync(stage.at(name), { recursive: true, force: true });
  }
}
