import { lutimesSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { fromFsBytes, toFsPath } from '../../src/tree/path-bytes.ts';
import type { FileAccess } from './file-access.ts';
import { find } from './found.ts';
import { errnoOf, unless } from './path-error.ts';
import type { Place } from './place.ts';
import { ownStagePrefix } from './stage-directory.ts';

/** Makes or retargets a link in one step; a link that is right already is left alone. Returns its stamp. */
export function placeLink(
  link: { readonly path: string; readonly target: string },
  place: Place,
  access: FileAccess,
): string {
  const target = place.parent.at(place.name);
  const found = find(target);
  if (found?.type === 'link' && fromFsBytes(readlinkSync(target, { encoding: 'buffer' })) === link.target) {
    return found.stamp;
  }
  const name = `${ownStagePrefix}link`;
  const staged = access.stageOf(link.path).directory.at(name);
  try {
    moveLink(link.target, staged, target);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EXDEV') throw thrown;
    moveLink(link.target, place.parent.at(name), target);
  }
  return find(target)?.stamp ?? '';
}

function moveLink(to: string, staged: string | Buffer, target: string | Buffer): void {
  unless(['ENOENT'], () => unlinkSync(staged));
  symlinkSync(toFsPath(to), staged);
  try {
    const now = Date.now() / 1000;
    lutimesSync(staged, now, now);
    renameSync(staged, target);
  } catch (thrown) {
    unlinkSync(staged);
    throw thrown;
  }
}
