import { keymap } from '../keys/keymap.ts';
import { line } from '../text/line.ts';
import { paint } from '../text/paint.ts';
import { wrapWords } from '../text/wrap.ts';

export interface HelpEntry {
  readonly keys: string;
  readonly does: string;
}

/** All keys and what they do, as many lines as that takes. */
export function helpLines(logKeys: readonly HelpEntry[], width: number): readonly string[] {
  const general = keymap.map(({ shown, does }) => ({ keys: shown, does }));
  const keyWidth = Math.min(14, Math.max(...[...general, ...logKeys].map(({ keys }) => keys.length)) + 2);
  const rows = (entries: readonly HelpEntry[]): readonly string[] =>
    entries.flatMap(({ keys, does }) =>
      wrapWords(does, width - keyWidth - 1).map((text, index) =>
        line([[' '], [(index === 0 ? keys : '').padEnd(keyWidth), paint.accent], [text]], width),
      ),
    );
  const title = (text: string): string => line([[` ${text}`, paint.bold]], width);
  return [title('Everywhere'), ...rows(general), '', title('In the logs'), ...rows(logKeys)];
}
