import type { Key } from './key.ts';

const bySequence: Readonly<Record<string, Key['name']>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'backtab',
  '1~': 'home',
  '7~': 'home',
  '4~': 'end',
  '8~': 'end',
  '3~': 'delete',
  '5~': 'pageup',
  '6~': 'pagedown',
};

const pasteBegins = '\x1b[200~';
const pasteEnds = '\x1b[201~';

/**
 * What a terminal in raw mode sent, as keys. `rest` is the beginning of a sequence whose end has not come yet: hand it
 * in again in front of what follows, or with `final` when nothing follows (then a lone escape is the key).
 */
export function decodeKeys(
  input: string,
  final = false,
): { readonly keys: readonly Key[]; readonly rest: string } {
  const keys: Key[] = [];
  let at = 0;
  while (at < input.length) {
    const read = input[at] === '\x1b' ? readSequence(input.slice(at), final) : readCharacter(input, at);
    if (read === undefined) return { keys, rest: input.slice(at) };
    if (read.key) keys.push(read.key);
    at += read.length;
  }
  return { keys, rest: '' };
}

type Read = { readonly key?: Key; readonly length: number };

function readSequence(input: string, final: boolean): Read | undefined {
  if (input.startsWith(pasteBegins)) {
    const end = input.indexOf(pasteEnds);
    if (end === -1) return final ? { length: input.length } : undefined;
    return {
      key: { name: 'paste', text: input.slice(pasteBegins.length, end) },
      length: end + pasteEnds.length,
    };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it reads control sequences
  const match = /^\x1b(?:\[([\d;]*[A-Za-z~])|O([A-Za-z]))/.exec(input);
  if (match) {
    const [whole, csi, ss3] = match;
    // With a modifier: `1;5A` is Ctrl and up.
    const sequence = (csi ?? ss3 ?? '').replace(/^1;\d+(?=[A-Z])/, '').replace(/;\d+(?=~)/, '');
    const name = bySequence[sequence];
    return { length: whole.length, ...(name && { key: { name, text: '' } }) };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it reads control sequences
  const open = /^\x1b(?:\[[\d;]*|O)?$/.test(input);
  if (open && !final) return undefined;
  return { key: { name: 'escape', text: '' }, length: open ? input.length : 1 };
}

function readCharacter(input: string, at: number): Read {
  const character = String.fromCodePoint(input.codePointAt(at) ?? 0);
  return { key: keyOf(character), length: character.length };
}

function keyOf(character: string): Key {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\r' || character === '\n') return { name: 'enter', text: '' };
  if (character === '\t') return { name: 'tab', text: '' };
  if (code === 0x7f || code === 0x08) return { name: 'backspace', text: '' };
  if (code < 0x20) return { name: 'ctrl', text: String.fromCharCode(code + 0x60) };
  return { name: 'text', text: character };
}
