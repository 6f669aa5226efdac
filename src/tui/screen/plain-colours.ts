// biome-ignore lint/suspicious/noControlCharactersInRegex: it reads control sequences
const look = /\x1b\[([\d;:]*)m/g;

/** Leaves out colours and keeps what is no colour: bold, dim, underlined, inverse. See https://no-color.org. */
export function withoutColours(text: string): string {
  return text.replace(look, (_, numbers: string) => {
    const kept = keptNumbers(numbers.split(/[;:]/));
    return kept.length === 0 ? '' : `\x1b[${kept.join(';')}m`;
  });
}

function keptNumbers(numbers: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < numbers.length; at += 1) {
    const number = Number(numbers[at] ?? 0);
    // Of 256 colours (`38;5;n`) or by red, green and blue (`38;2;r;g;b`).
    if (number === 38 || number === 48) at += numbers[at + 1] === '2' ? 4 : 2;
    else if (number < 30) kept.push(String(number));
  }
  return kept;
}
