import { Box } from 'ink';
import { type PanelId, type PanelPlace, panelIds, smallestColumns, smallestRows } from '../layout/layout.ts';
import { logBindings } from '../logs/log-bindings.ts';
import type { Logs } from '../logs/logs.ts';
import { footerLine, type Hint, keyHints } from '../panels/footer.ts';
import { headerLine } from '../panels/header.ts';
import { helpLines } from '../panels/help.ts';
import { tabsLine } from '../panels/tabs.ts';
import { suitesOf } from '../panels/tests.ts';
import { line } from '../text/line.ts';
import type { View } from '../view.ts';
import { Panel } from './panel.tsx';
import { PanelBody } from './panel-body.tsx';
import { QuestionDialog } from './question-dialog.tsx';
import { QuitDialog } from './quit-dialog.tsx';
import { Rows } from './rows.tsx';

/** The whole screen, as a function of a view. */
export function App({ view, logs }: { readonly view: View; readonly logs: Logs }) {
  const { columns, rows } = view.size;
  if (columns < smallestColumns || rows < smallestRows) {
    return <Rows lines={[line([['too small'.slice(0, columns)]], columns)]} width={columns} />;
  }
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Rows lines={[headerLine(view, columns)]} width={columns} />
      <Box width={columns} height={rows - 2}>
        {view.state.overlay === 'help' ? <Help view={view} /> : <Panels view={view} logs={logs} />}
      </Box>
      <Rows lines={[footerLine(view, columns, hintsOf(view))]} width={columns} />
      {view.state.overlay === 'quit' && <QuitDialog view={view} />}
      {view.state.question !== undefined && <QuestionDialog view={view} question={view.state.question} />}
    </Box>
  );
}

function Panels({ view, logs }: { readonly view: View; readonly logs: Logs }) {
  const { kind, panels } = view.layout;
  const { columns } = view.size;
  if (kind === 'tabs') {
    return (
      <Box flexDirection="column" width={columns}>
        <Rows lines={[tabsLine(view, columns)]} width={columns} />
        {panels.map(({ id, width, height }) => (
          <PanelBody key={id} {...{ id, view, logs, width, height }} />
        ))}
      </Box>
    );
  }
  return [...new Set(panels.map(({ x }) => x))].map((left) => (
    <Box key={left} flexDirection="column">
      {panels
        .filter(({ x }) => x === left)
        .map((place) => (
          <FramedPanel key={place.id} place={place} view={view} logs={logs} />
        ))}
    </Box>
  ));
}

function FramedPanel(props: { readonly place: PanelPlace; readonly view: View; readonly logs: Logs }) {
  const { place, view, logs } = props;
  const { id, width, height } = place;
  return (
    <Panel
      title={`${panelIds.indexOf(id) + 1} ${id === 'logs' ? logs.title : titles[id]}`}
      note={noteOf(id, view)}
      width={width}
      height={height}
      focused={view.state.focus === id}
    >
      <PanelBody id={id} view={view} logs={logs} width={width - 2} height={height - 2} />
    </Panel>
  );
}

const titles: Readonly<Record<Exclude<PanelId, 'logs'>, string>> = {
  services: 'services',
  activity: 'activity',
  problems: 'problems',
  tests: 'tests',
};

function noteOf(id: PanelId, view: View): string {
  const { model, problems, state, project } = view;
  switch (id) {
    case 'services':
      return state.filter === '' ? `${project.services.length}` : `like ${state.filter}`;
    case 'activity':
      return model.totals.saves === 0 ? '' : `${model.totals.saves}`;
    case 'problems':
      return problems.length === 0 ? '' : `${problems.length}`;
    case 'tests': {
      const failed = suitesOf(view).filter(({ result }) => result?.state === 'failed').length;
      return failed === 0 ? '' : `${failed} failed`;
    }
    case 'logs':
      return '';
    default:
      return id satisfies never;
  }
}

function Help({ view }: { readonly view: View }) {
  const { columns, rows } = view.size;
  const [width, height] = [columns - 2, rows - 4];
  const lines = helpLines(logBindings, width).slice(view.state.helpTop, view.state.helpTop + height);
  return (
    <Panel title="keys" note="Esc goes back" width={columns} height={rows - 2} focused>
      <Rows lines={lines.map((text) => (text === '' ? line([], width) : text))} width={width} />
    </Panel>
  );
}

/** With the logs in focus, those of the logs come first. */
function hintsOf({ state }: View): readonly Hint[] {
  return state.focus === 'logs'
    ? [...logHints, ...keyHints().filter(({ word }) => kept.has(word))]
    : keyHints();
}

const logHints: readonly Hint[] = logBindings
  .filter(({ hint }) => hint !== undefined)
  .map(({ keys, hint }) => ({ keys: keys.split(' ')[0] ?? '', word: hint ?? '' }));

const kept = new Set(['panel', 'zoom', 'help', 'quit']);
