// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const sequences = /(\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const colour = /^\x1b\[[0-9;:]*m$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const controls = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * One line from a container, or a file name, made safe for a terminal: no escape sequence that could move the
 * cursor, set the title or answer for the person gets through. Colours stay where `colours` says that they may.
 */
export function printable(text: string, colours = false): string {
  let coloured = false;
  const parts = text.split(sequences).map((part, index) => {
    if (index % 2 === 0) {
      return part.replaceAll(controls, (control) => (control === '\r' ? '' : '\u{fffd}'));
    }
    if (!colours || !colour.test(part)) return '';
    coloured = true;
    return part;
  });
  return parts.join('') + (coloured ? '\x1b[0m' : '');
}
