import type { Controls } from '../core/ports/controls.ts';
import { layout } from './layout/layout.ts';
import { logBindings } from './logs/log-bindings.ts';
import type { Model } from './model/model.ts';
import { standingProblems } from './model/standing.ts';
import { helpLines } from './panels/help.ts';
import { allProblemLines } from './panels/problems.ts';
import { suitesOf } from './panels/tests.ts';
import type { PressContext } from './state/press.ts';
import type { ScreenState } from './state/screen-state.ts';
import type { ScreenProject, View } from './view.ts';

/** Everything that one frame is made of, as it is at this moment. */
export function makeView(options: {
  readonly project: ScreenProject;
  readonly model: Model;
  readonly state: ScreenState;
  readonly controls: Pick<Controls, 'status' | 'held'>;
  readonly size: View['size'];
  readonly now: number;
}): View {
  const { project, model, state, controls, size, now } = options;
  const problems = standingProblems(model);
  return {
    ...{ project, model, state, size, now, problems },
    status: new Map(controls.status().map((each) => [each.service, each])),
    asking: controls.held.find(({ asking }) => asking),
    layout: layout({
      columns: size.columns,
      rows: Math.max(3, size.rows - edges),
      focus: state.focus,
      zoomed: state.zoomed,
      services: project.services.length,
      problemLines: allProblemLines(problems, Math.min(80, size.columns - 2)).length,
      tests: suitesOf({ project, model }).length,
    }),
  };
}

/** Header and footer. */
const edges = 2;

/** What of a view decides on what a key means. */
export function pressContext(view: View): PressContext {
  const { size, state } = view;
  const isHelp = state.overlay === 'help';
  return {
    services: view.project.services.map(({ name }) => name),
    activity: view.model.activity.length,
    problemLines: allProblemLines(view.problems, insideOf(view, 'problems').width).length,
    tests: suitesOf(view).length,
    helpRows: helpLines(logBindings, size.columns - 2).length,
    page: isHelp ? size.rows - edges - 2 : insideOf(view, state.focus).height,
    asking: view.asking?.service,
  };
}

/** The room inside a panel, as it is placed now. */
function insideOf({ layout, size }: View, id: ScreenState['focus']) {
  const frame = layout.kind === 'tabs' ? 0 : 2;
  const place = layout.panels.find((each) => each.id === id);
  return {
    width: (place?.width ?? size.columns) - frame,
    height: Math.max(1, (place?.height ?? size.rows) - frame),
  };
}
