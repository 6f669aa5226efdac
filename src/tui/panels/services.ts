import { type ServiceRow, serviceRow } from '../model/service-row.ts';
import { chosenService, shownServices } from '../state/screen-state.ts';
import { windowOf } from '../state/window.ts';
import { column, ends, line, type Span } from '../text/line.ts';
import { type Paint, paint } from '../text/paint.ts';
import { widthOf } from '../text/width.ts';
import type { View } from '../view.ts';

const marks: Readonly<Record<ServiceRow['mark'], readonly [string, Paint]>> = {
  good: ['●', paint.good],
  busy: ['◌', paint.warn],
  bad: ['✗', paint.bad],
  off: ['○', paint.dim],
};

/** One row a service: state, replicas in sync, restarts, tests, address. */
export function servicesLines(view: View, width: number, height: number): readonly string[] {
  const names = view.project.services.map(({ name }) => name);
  const shown = shownServices(names, view.state.filter);
  const chosen = chosenService(names, view.state);
  if (shown.length === 0)
    return [line([[`No service is called like ${view.state.filter}. Esc shows all.`, paint.dim]], width)];
  const { from, to } = windowOf(shown.length, shown.indexOf(chosen ?? ''), height);
  // Of all rows, not of those that are seen: columns must not jump while scrolling.
  const nameWidth = Math.min(Math.max(...names.map(widthOf)), Math.max(6, Math.floor(width * 0.35)));
  const rows = names.map((name) =>
    serviceRow({ name, status: view.status.get(name), facts: view.model.facts[name], now: view.now }),
  );
  const replicasWidth = Math.max(...rows.map(({ replicas }) => replicas.length));
  return rows
    .filter(({ name }) => shown.includes(name))
    .slice(from, to)
    .map((row) =>
      rowLine(row, testsOf(view, row.name), {
        ...{ width, nameWidth, replicasWidth },
        isChosen: row.name === chosen,
      }),
    );
}

/** What does not fit is left out from the right; what is wrong stays. */
function rowLine(
  row: ServiceRow,
  tests: readonly Span[],
  {
    width,
    nameWidth,
    replicasWidth,
    isChosen,
  }: { width: number; nameWidth: number; replicasWidth: number; isChosen: boolean },
): string {
  const [mark, look] = marks[row.mark];
  const isGood = row.mark === 'good';
  const inSync: Span = [column(row.replicas, replicasWidth), row.inSync ? paint.good : paint.warn];
  const left: Span[] = [
    [isChosen ? '▸' : ' ', paint.accent],
    [`${mark} `, look],
    [`${column(row.name, nameWidth)} `, isChosen ? paint.bold : paint.plain],
  ];
  const room = width - nameWidth - 4;
  if (room < replicasWidth + 11) return ends(left, [isGood ? inSync : [row.state, look]], width);
  const more = room - replicasWidth - 3;
  const right: Span[] =
    more >= 26 ? [[column(row.restarts === 0 ? '' : `↻${row.restarts}`, 5), paint.dim], ...tests] : [];
  if (row.url !== undefined && room >= 70) right.push([`  ${row.url}`, paint.accent]);
  const stateWidth = Math.min(24, more - (more >= 26 ? 14 : 0));
  left.push([`${column(row.state, stateWidth)} `, isGood ? paint.plain : look], inSync, [' ']);
  return ends(left, right, width);
}

/** How many suites passed and failed when they ran last; nothing before that. */
function testsOf({ model }: View, service: string): readonly Span[] {
  const results = model.tests.filter((each) => each.service === service);
  const countOf = (...states: readonly string[]): number =>
    results.filter(({ state }) => states.includes(state)).length;
  const [running, passed, failed] = [countOf('started'), countOf('passed'), countOf('failed', 'broken')];
  return [
    [running > 0 ? 'testing ' : '', paint.warn],
    [passed > 0 ? `✓${passed}` : '', paint.good],
    [failed > 0 ? ` ✗${failed}` : '', paint.bad],
  ];
}
