import type { PanelId } from '../layout/layout.ts';
import type { Logs } from '../logs/logs.ts';
import { LogsPanel } from '../logs/logs-panel.tsx';
import { activityLines } from '../panels/activity.ts';
import { problemsLines } from '../panels/problems.ts';
import { servicesLines } from '../panels/services.ts';
import { testsLines } from '../panels/tests.ts';
import type { View } from '../view.ts';
import { Rows } from './rows.tsx';

const bodies = {
  services: servicesLines,
  activity: activityLines,
  problems: problemsLines,
  tests: testsLines,
} as const;

/** What a panel holds, without its frame. */
export function PanelBody(props: {
  readonly id: PanelId;
  readonly view: View;
  readonly logs: Logs;
  readonly width: number;
  readonly height: number;
}) {
  const { id, view, logs, width, height } = props;
  if (id === 'logs') return <LogsPanel logs={logs} width={width} height={height} />;
  return <Rows lines={bodies[id](view, width, height).slice(0, height)} width={width} />;
}
