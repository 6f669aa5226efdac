import { realpathSync } from 'node:fs';
import { KdevError } from '../core/error.ts';
import { lookAt } from '../tree/look.ts';

/** The real path of a directory; a link to the project is followed once. @throws `watch-root-unreadable` */
export function resolveRoot(root: string): string {
  const look = lookAt(root);
  const problem =
    look.type === 'missing' ? 'does not exist' : look.type === 'unreadable' ? look.code : undefined;
  if (problem === undefined && lookAt(`${root}/.`).type === 'dir') return realpathSync(root);
  throw new KdevError({
    code: 'watch-root-unreadable',
    fault: 'user',
    what: `The directory ${root} cannot be watched: it ${problem ?? 'is no directory'}`,
    cure: 'Check the path and its permissions.',
  });
}
