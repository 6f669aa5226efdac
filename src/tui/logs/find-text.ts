/** Finds a text in lines: as it is written when it holds a capital letter, else in any case. */
export interface FindText {
  readonly text: string;
  /** Whether it occurs. */
  test(line: string): boolean;
  /** Where it occurs between two indices, in order and not overlapping. */
  ranges(line: string, from: number, to: number): readonly (readonly [from: number, to: number])[];
}

export function findText(text: string): FindText {
  const exact = text !== text.toLowerCase();
  const wanted = exact ? text : text.toLowerCase();
  // Lower case may be longer than what it is made of; the indices must be those of the line.
  const spell = (line: string): string => {
    if (exact) return line;
    const lower = line.toLowerCase();
    return lower.length === line.length ? lower : line;
  };
  return {
    text,
    test: (line) => spell(line).includes(wanted),
    ranges: (line, from, to) => {
      const found: (readonly [number, number])[] = [];
      if (wanted === '') return found;
      const spelled = spell(line);
      let at = spelled.indexOf(wanted, Math.max(0, from - wanted.length + 1));
      while (at !== -1 && at < to) {
        found.push([at, at + wanted.length]);
        at = spelled.indexOf(wanted, at + wanted.length);
      }
      return found;
    },
  };
}
