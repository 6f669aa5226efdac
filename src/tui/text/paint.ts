/** Gives a text a look; the terminal's own look comes back behind it. */
export type Paint = (text: string) => string;

function sgr(on: string, off: string): Paint {
  return (text) => (text === '' ? '' : `\x1b[${on}m${text}\x1b[${off}m`);
}

/** How a part is meant. Where colours are not wanted, the painter of the screen leaves them out. */
export const paint = {
  plain: (text: string) => text,
  dim: sgr('2', '22'),
  bold: sgr('1', '22'),
  good: sgr('32', '39'),
  bad: sgr('31', '39'),
  warn: sgr('33', '39'),
  accent: sgr('36', '39'),
  inverse: sgr('7', '27'),
} as const satisfies Readonly<Record<string, Paint>>;

const badges = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  white: 37,
} as const;

export type BadgeColour = keyof typeof badges;

/** A name on a coloured ground; it stands out by inversion, so without colours, too. */
export function badge(text: string, colour: BadgeColour): string {
  return `\x1b[1;7;${badges[colour]}m ${text} \x1b[22;27;39m`;
}
