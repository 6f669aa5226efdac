import { serviceRow } from '../model/service-row.ts';
import { ends, type Span, spansWidth } from '../text/line.ts';
import { badge, paint } from '../text/paint.ts';
import { widthOf } from '../text/width.ts';
import type { View } from '../view.ts';

/** The line on top: whose session this is, in which environment, and whether all is well. */
export function headerLine(view: View, width: number): string {
  const { project, model } = view;
  const { name, colour } = project.environment;
  const place =
    width >= 90 ? `${project.target} · ${project.namespace}` : width >= 64 ? project.namespace : '';
  const right = summary(view, width);
  const badgeWidth = widthOf(name) + 2;
  const room = width - badgeWidth - 1;
  const left: Span[] = [
    [width >= 50 ? 'kdev ' : '', paint.dim],
    [project.name, paint.bold],
    [place === '' ? '' : `  ${place}`, paint.dim],
    [model.paused ? '  paused' : '', paint.warn],
  ];
  // The environment's name is never cut off: it says where every key does what it does.
  return badge(name, colour) + ends([[' '], ...left], right, room + 1);
}

function summary({ project, status, model, problems, now }: View, width: number): readonly Span[] {
  const rows = project.services.map(({ name }) =>
    serviceRow({ name, status: status.get(name), facts: model.facts[name], now }),
  );
  const current = rows.filter(({ inSync }) => inSync).length;
  const wide = width >= 56;
  const bad: Span = [
    problems.length === 0
      ? ''
      : wide
        ? `✗ ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}  `
        : `✗${problems.length} `,
    paint.bad,
  ];
  const all = current === rows.length;
  const state = !model.ready
    ? 'bringing up'
    : wide
      ? `${current}/${rows.length} in sync`
      : `${current}/${rows.length}`;
  const spans: Span[] = [bad, [state, all && model.ready ? paint.good : paint.warn], [' ']];
  return spansWidth(spans) > width / 2 ? [bad] : spans;
}
