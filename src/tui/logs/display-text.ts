import { characterWidth } from './character-width.ts';
import { changeColours, noColours, sgrOf } from './colours.ts';

/** A printed line as it is shown: one that a terminal can be given without any effect but letters and colours. */
export interface DisplayText {
  /** Without control characters; tabs are spaces. */
  readonly plain: string;
  /** From each index of `plain` on, these SGR parameters; empty = none. In order. */
  readonly colours: readonly { readonly from: number; readonly sgr: string }[];
}

const tabWidth = 8;
const replacement = '\u{fffd}';

/**
 * What is not simply shown: control characters, escape sequences, marks that change the direction of text, and what
 * joins several characters to one (terminals differ in how wide the result is, so each is shown by itself).
 */
const special =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /(?:\x1b|\x9b)(?:(?<=\x9b)[0-?]*[ -/]*[@-~]|\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?|[\x00-\x1f\x7f-\x9f]|[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\ufe0e|\ufe0f|\u20e3|[\u{1f3fb}-\u{1f3ff}]|\p{Cs}/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const sgr = /^(?:\x1b\[|\x9b)([0-9;:]*)m$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const shownAsReplacement = /^[\x00-\x1f\x7f-\x9f\p{Cs}]$/u;

/**
 * Reads a line the way a terminal would, except that nothing but colours has an effect. What stands before a carriage
 * return is overwritten by what follows it, as progress bars want it.
 */
export function displayText(text: string): DisplayText {
  if (text.search(special) === -1) return { plain: text, colours: [] };
  const colours: { from: number; sgr: string }[] = [];
  let state = noColours;
  let plain = '';
  let column = 0;
  let returned = false;
  const put = (letters: string): void => {
    if (letters === '') return;
    if (returned) {
      plain = '';
      column = 0;
      colours.splice(0, colours.length, ...(sgrOf(state) === '' ? [] : [{ from: 0, sgr: sgrOf(state) }]));
      returned = false;
    }
    plain += letters;
    for (const letter of letters) column += characterWidth(letter.codePointAt(0) ?? 0);
  };
  let at = 0;
  for (const { 0: found, index } of text.matchAll(special)) {
    put(text.slice(at, index));
    at = index + found.length;
    const parameters = sgr.exec(found)?.[1];
    if (found === '\t') put(' '.repeat(tabWidth - ((returned ? 0 : column) % tabWidth)));
    else if (found === '\r') returned = true;
    else if (parameters !== undefined) {
      state = changeColours(state, parameters);
      const now = sgrOf(state);
      if ((colours.at(-1)?.sgr ?? '') !== now) colours.push({ from: plain.length, sgr: now });
    } else if (shownAsReplacement.test(found) && found !== '\x1b') put(replacement);
  }
  put(text.slice(at));
  return { plain, colours };
}
