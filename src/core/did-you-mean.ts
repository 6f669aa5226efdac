/**
 * The name among `known` that somebody who wrote `given` most likely meant: at most a third of its letters (and
 * never more than three) differ, or it is the only one that begins with what was given.
 */
export function nearestName(given: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  const wanted = given.toLowerCase();
  const limit = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(wanted, name.toLowerCase());
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  if (best) return best.name;
  const longer = names.filter((name) => wanted.length >= 2 && name.toLowerCase().startsWith(wanted));
  return longer.length === 1 ? longer[0] : undefined;
}

/** What to do about a name that is none of `names`; what was meant may be one of `likely`, too. */
export function cureOfName(
  given: string,
  names: readonly string[],
  likely: Iterable<string> = names,
): string {
  const nearest = nearestName(given, likely);
  return nearest === undefined ? `Name one of them, such as ${names[0]}.` : `Did you mean ${nearest}?`;
}

/** Insertions, deletions, substitutions and swaps of neighbours that make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let least = Math.min(at(above, column) + 1, at(line, column - 1) + 1, at(above, column - 1) + cost);
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, at(before, column - 2) + 1);
      }
      line.push(least);
    }
    before = above;
    above = line;
  }
  return at(above, b.length);
}

function at(line: readonly number[], column: number): number {
  return line[column] ?? Number.POSITIVE_INFINITY;
}
