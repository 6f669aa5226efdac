import { keymap } from '../keys/keymap.ts';
import { line, type Span } from '../text/line.ts';
import { paint } from '../text/paint.ts';
import { widthOf } from '../text/width.ts';
import type { View } from '../view.ts';

/** The line at the bottom: what is asked or answered, else the keys that help here. */
export function footerLine(view: View, width: number, hints: readonly Hint[]): string {
  const { state, asking, model } = view;
  if (state.filtering) {
    return line(
      [
        ['filter: ', paint.accent],
        [state.filter],
        ['▏', paint.inverse],
        ['  Enter keeps it, Esc shows all', paint.dim],
      ],
      width,
    );
  }
  if (state.message) {
    const { text, tone } = state.message;
    return line(
      [[` ${text}`, tone === 'bad' ? paint.bad : tone === 'good' ? paint.good : paint.bold]],
      width,
    );
  }
  if (asking) {
    const { service, deletions, why } = asking;
    return line(
      [
        [` ${service}: delete ${deletions} files in the containers? y/n  `, paint.bad],
        [why, paint.dim],
      ],
      width,
    );
  }
  if (state.filter !== '' && state.focus === 'services') {
    return line(
      [
        [' filter ', paint.dim],
        [state.filter, paint.accent],
        ['  Esc shows all', paint.dim],
      ],
      width,
    );
  }
  return hintLine(
    model.paused ? hints.map((hint) => (hint.word === 'pause' ? { ...hint, word: 'resume' } : hint)) : hints,
    width,
  );
}

export interface Hint {
  readonly keys: string;
  readonly word: string;
}

/** Help and quit are always among them; of the others as many as there is room for. */
export function keyHints(): readonly Hint[] {
  return keymap.flatMap(({ shown, hint }) =>
    hint === undefined ? [] : [{ keys: shown.split(' ')[0] ?? '', word: hint }],
  );
}

function hintLine(hints: readonly Hint[], width: number): string {
  const isKept = ({ word }: Hint): boolean => word === 'help' || word === 'quit';
  const needed = (some: readonly Hint[]): number =>
    some.reduce((sum, { keys, word }) => sum + widthOf(keys) + widthOf(word) + 3, 0);
  const fitting = [...hints];
  while (needed(fitting) > width) {
    const index = fitting.findLastIndex((hint) => !isKept(hint));
    if (index === -1) break;
    fitting.splice(index, 1);
  }
  return line(
    fitting.flatMap(({ keys, word }): readonly Span[] => [
      [` ${keys} `, paint.accent],
      [`${word} `, paint.dim],
    ]),
    width,
  );
}
