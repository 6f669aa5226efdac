// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const sequences = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const controls = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A line from a container or a file name, made safe for a terminal: no escape sequence that could move the cursor,
 * set the title or answer for the person gets through. Colours stay where `colours` says that they may.
 */
export function printable(text: string, colours = false): string {
  let coloured = false;
  const shown = text.replaceAll(sequences, (sequence) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
    if (!colours || !/^\x1b\[[0-9;:]*m$/.test(sequence)) return '';
    coloured = true;
    return sequence.replace('\x1b', '\u{f001b}');
  });
  const clean = shown.replaceAll(controls, (control) => (control === '\r' ? '' : '\u{fffd}'));
  return coloured ? `${clean.replaceAll('\u{f001b}', '\x1b')}\x1b[0m` : clean;
}
