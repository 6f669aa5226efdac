/** What SGR sequences have switched on: one code for each thing that they can change. */
export type Colours = ReadonlyMap<Aspect, string>;

type Aspect = 'bold' | 'dim' | 'italic' | 'underline' | 'inverse' | 'strike' | 'foreground' | 'background';

export const noColours: Colours = new Map();

const simple: Readonly<Record<number, readonly [Aspect, string]>> = {
  1: ['bold', '1'],
  2: ['dim', '2'],
  3: ['italic', '3'],
  4: ['underline', '4'],
  7: ['inverse', '7'],
  9: ['strike', '9'],
};

const ends: Readonly<Record<number, readonly Aspect[]>> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
  29: ['strike'],
  39: ['foreground'],
  49: ['background'],
};

/**
 * Applies the parameters of one SGR sequence (ECMA-48 8.3.117, colours of ITU T.416 with `;` or `:`). Blinking and
 * hidden text are left out.
 */
export function changeColours(before: Colours, parameters: string): Colours {
  const now = new Map(before);
  const codes = parameters.split(';');
  for (let at = 0; at < codes.length; at++) {
    const [first = '', ...sub] = (codes[at] ?? '').split(':');
    const code = Number(first);
    if (code === 0) now.clear();
    else if (code === 38 || code === 48) {
      const given = sub.length > 0 ? withoutColourSpace(sub) : codes.slice(at + 1, at + 5);
      const used = given[0] === '5' ? 2 : given[0] === '2' ? 4 : 0;
      if (used > 0 && isComplete(given, used))
        now.set(code === 38 ? 'foreground' : 'background', [first, ...given.slice(0, used)].join(';'));
      if (sub.length === 0) at += used;
    } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) now.set('foreground', first);
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) now.set('background', first);
    else if (code === 4 && sub[0] === '0') now.delete('underline');
    else {
      const [what, spelled] = simple[code] ?? [];
      if (what !== undefined && spelled !== undefined) now.set(what, spelled);
      for (const ended of ends[code] ?? []) now.delete(ended);
    }
  }
  return now;
}

/** As the parameters of one sequence that begins from nothing; empty when nothing is on. */
export function sgrOf(colours: Colours): string {
  return [...colours.values()].join(';');
}

/** `38:2::R:G:B` names a colour space between, which nobody fills in. */
function withoutColourSpace(sub: readonly string[]): readonly string[] {
  return sub[0] === '2' && sub.length > 4 ? ['2', ...sub.slice(2)] : sub;
}

function isComplete(given: readonly string[], used: number): boolean {
  return (
    given.length >= used && given.slice(0, used).every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)
  );
}
