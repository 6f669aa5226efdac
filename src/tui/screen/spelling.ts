import { toAscii, wantsUnicode } from './ascii.ts';
import { withoutColours } from './plain-colours.ts';

/** What becomes of every line on this terminal: colours left out, ASCII alone. */
export function spellingOf(env: Readonly<Record<string, string | undefined>>): (line: string) => string {
  const changes = [...(env['NO_COLOR'] ? [withoutColours] : []), ...(wantsUnicode(env) ? [] : [toAscii])];
  return (line) => changes.reduce((text, change) => change(text), line);
}
