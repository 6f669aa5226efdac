import { type PanelId, panelIds } from '../layout/layout.ts';
import { line, type Span, spansWidth } from '../text/line.ts';
import { paint } from '../text/paint.ts';
import type { View } from '../view.ts';
import { suitesOf } from './tests.ts';

/** Where only one panel has room: the names of all, each with what waits there. */
export function tabsLine(view: View, width: number): string {
  const names = panelIds.map((id, index) => `${index + 1} ${id}${badgeOf(id, view)}`);
  const long = names.map((name): Span => [` ${name} `]);
  const { focus } = view.state;
  // Only the open one has its whole name where that is too much.
  const shown =
    spansWidth(long) <= width
      ? names
      : panelIds.map((id, index) =>
          id === focus ? (names[index] ?? '') : `${index + 1}${badgeOf(id, view)}`,
        );
  return line(
    shown.map((name, index): Span => [` ${name} `, panelIds[index] === focus ? paint.inverse : paint.dim]),
    width,
  );
}

function badgeOf(id: PanelId, view: View): string {
  if (id === 'problems' && view.problems.length > 0) return ` ✗${view.problems.length}`;
  const failed = suitesOf(view).filter(
    ({ result }) => result?.state === 'failed' || result?.state === 'broken',
  );
  return id === 'tests' && failed.length > 0 ? ` ✗${failed.length}` : '';
}
