import type { PanelId } from '../layout/layout.ts';
import type { Key } from './key.ts';

/** What a key asks for; what it means at the moment is decided in `src/tui/state/press.ts`. */
export type Action =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'next-panel'
  | 'previous-panel'
  | `panel-${PanelId}`
  | 'filter'
  | 'show-logs'
  | 'restart'
  | 'rebuild'
  | 'test'
  | 'stop-test'
  | 'shell'
  | 'open'
  | 'pause'
  | 'zoom'
  | 'help'
  | 'back'
  | 'suspend'
  | 'interrupt'
  | 'redraw'
  | 'quit';

export interface Binding {
  readonly action: Action;
  /** How they are shown in the help and below the panels. */
  readonly shown: string;
  readonly keys: readonly Key['name'][];
  /** Printable characters. */
  readonly text?: string;
  readonly ctrl?: string;
  /** Completes "this key …". */
  readonly does: string;
  /** A word for the line at the bottom; without one it stands in the help only. */
  readonly hint?: string;
}

/** Every key but those of the logs panel: how keys are read, the help and the hints are all made of this. */
export const keymap: readonly Binding[] = [
  bind('up', '↑ k', ['up'], 'goes up', { text: 'k' }),
  bind('down', '↓ j', ['down'], 'goes down', { text: 'j' }),
  bind('page-up', 'PgUp', ['pageup'], 'goes up by a screenful', { ctrl: 'b' }),
  bind('page-down', 'PgDn', ['pagedown'], 'goes down by a screenful', { ctrl: 'f' }),
  bind('first', 'g Home', ['home'], 'goes to the first row', { text: 'g' }),
  bind('last', 'G End', ['end'], 'goes to the last row', { text: 'G' }),
  bind('next-panel', 'Tab →', ['tab', 'right'], 'goes to the next panel', { hint: 'panel' }),
  bind('previous-panel', 'Shift-Tab ←', ['backtab', 'left'], 'goes to the panel before'),
  bind('panel-services', '1', [], 'goes to the services', { text: '1' }),
  bind('panel-activity', '2', [], 'goes to what happened', { text: '2' }),
  bind('panel-logs', '3', [], 'goes to the logs', { text: '3' }),
  bind('panel-problems', '4', [], 'goes to the problems', { text: '4' }),
  bind('panel-tests', '5', [], 'goes to the tests', { text: '5' }),
  bind('filter', '/', [], 'shows only services whose name holds what you type', {
    text: '/',
    hint: 'filter',
  }),
  bind('show-logs', 'Enter', ['enter'], 'shows the logs of the service', { hint: 'logs' }),
  bind('restart', 'r', [], 'restarts the app of the service', { text: 'r', hint: 'restart' }),
  bind('rebuild', 'b', [], 'builds the image of the service and rolls it out', {
    text: 'b',
    hint: 'rebuild',
  }),
  bind('test', 't', [], 'runs the tests of the service', { text: 't', hint: 'test' }),
  bind('stop-test', 'x', [], 'ends the tests of the service that run', { text: 'x' }),
  bind('shell', 's', [], 'opens a shell in the service; this screen comes back after it', {
    text: 's',
    hint: 'shell',
  }),
  bind('open', 'o', [], 'opens the address of the service', { text: 'o', hint: 'open' }),
  bind('pause', 'p', [], 'holds every save back, or lets them go on', { text: 'p', hint: 'pause' }),
  bind('zoom', 'z', [], 'gives the whole screen to the panel, or takes it back', { text: 'z', hint: 'zoom' }),
  bind('help', '?', [], 'shows this', { text: '?', hint: 'help' }),
  bind('back', 'Esc', ['escape'], 'goes back: closes this, ends a filter'),
  bind('redraw', 'Ctrl-L', [], 'draws the screen anew', { ctrl: 'l' }),
  bind('suspend', 'Ctrl-Z', [], 'stops kdev; fg brings it back', { ctrl: 'z' }),
  bind('interrupt', 'Ctrl-C', [], 'ends kdev without a question; everything runs on', { ctrl: 'c' }),
  bind('quit', 'q', [], 'ends kdev, and asks what is to stay', { text: 'q', hint: 'quit' }),
];

/** What a key asks for; undefined for one that has no meaning. */
export function actionOf(key: Key): Action | undefined {
  return keymap.find((binding) => {
    if (key.name === 'text') return binding.text === key.text;
    if (key.name === 'ctrl') return binding.ctrl === key.text;
    return binding.keys.includes(key.name);
  })?.action;
}

function bind(
  action: Action,
  shown: string,
  keys: readonly Key['name'][],
  does: string,
  more: Pick<Binding, 'text' | 'ctrl' | 'hint'> = {},
): Binding {
  return { action, shown, keys, does, ...more };
}
