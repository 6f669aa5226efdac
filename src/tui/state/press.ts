import type { Key } from '../keys/key.ts';
import { type Action, actionOf } from '../keys/keymap.ts';
import { type PanelId, panelIds } from '../layout/layout.ts';
import { chosenService, type ScreenState, shownServices } from './screen-state.ts';

/** What a key asks of the session or of the machine around the screen. */
export type Command = SessionCommand | ScreenCommand;

/** About the session; `src/tui/command-runner.ts` does it. */
export type SessionCommand =
  | { readonly type: 'restart'; readonly service: string }
  | { readonly type: 'rebuild'; readonly service: string }
  | { readonly type: 'test'; readonly service: string }
  | { readonly type: 'stop-test'; readonly service: string }
  | { readonly type: 'open'; readonly service: string }
  | { readonly type: 'release'; readonly service: string }
  | { readonly type: 'keep'; readonly service: string }
  | { readonly type: 'pause' };

/** About the screen and the terminal. */
export type ScreenCommand =
  | { readonly type: 'shell' | 'show-logs'; readonly service: string }
  | { readonly type: 'suspend' | 'interrupt' | 'redraw' }
  | { readonly type: 'answer'; readonly yes: boolean }
  | { readonly type: 'quit'; readonly how: 'leave' | 'down' };

export interface Pressed {
  readonly state: ScreenState;
  readonly command?: Command;
}

/** What of the rest of the screen the meaning of a key depends on. */
export interface PressContext {
  readonly services: readonly string[];
  readonly activity: number;
  /** Lines of all problems. */
  readonly problemLines: number;
  readonly tests: number;
  readonly helpRows: number;
  /** Rows inside the panel that has the focus. */
  readonly page: number;
  /** A service whose mass deletion waits for an answer. */
  readonly asking: string | undefined;
}

/** What a key does to what is shown, and what it asks for. Keys of the logs panel do not come here. */
export function press(before: ScreenState, key: Key, context: PressContext): Pressed {
  const action = actionOf(key);
  if (action === 'interrupt' || action === 'suspend' || action === 'redraw') {
    return { state: before, command: { type: action } };
  }
  if (before.question !== undefined) return pressAnswer(before, key);
  const state = before.message === undefined ? before : { ...before, message: undefined };
  if (state.overlay === 'quit') return pressQuit(state, key);
  if (state.overlay === 'help') return { state: pressHelp(state, action, context) };
  if (state.filtering) return { state: pressFilter(state, key, context) };
  if (context.asking !== undefined && key.name === 'text' && (key.text === 'y' || key.text === 'n')) {
    return { state, command: { type: key.text === 'y' ? 'release' : 'keep', service: context.asking } };
  }
  return action === undefined ? { state } : act(state, action, context);
}

function act(state: ScreenState, action: Action, context: PressContext): Pressed {
  switch (action) {
    case 'up':
      return { state: move(state, -1, context) };
    case 'down':
      return { state: move(state, 1, context) };
    case 'page-up':
      return { state: move(state, -context.page, context) };
    case 'page-down':
      return { state: move(state, context.page, context) };
    case 'first':
      return { state: move(state, Number.NEGATIVE_INFINITY, context) };
    case 'last':
      return { state: move(state, Number.POSITIVE_INFINITY, context) };
    case 'next-panel':
      return { state: focusBy(state, 1) };
    case 'previous-panel':
      return { state: focusBy(state, -1) };
    case 'panel-services':
    case 'panel-activity':
    case 'panel-logs':
    case 'panel-problems':
    case 'panel-tests':
      return { state: { ...state, focus: action.slice('panel-'.length) as PanelId } };
    case 'filter':
      return { state: { ...state, focus: 'services', filtering: true } };
    case 'show-logs': {
      const service = chosenService(context.services, state);
      if (service === undefined || state.focus !== 'services') return { state };
      return { state: { ...state, focus: 'logs' }, command: { type: 'show-logs', service } };
    }
    case 'restart':
    case 'rebuild':
    case 'test':
    case 'stop-test':
    case 'shell':
    case 'open': {
      const service = chosenService(context.services, state);
      return service === undefined ? { state } : { state, command: { type: action, service } };
    }
    case 'pause':
      return { state, command: { type: 'pause' } };
    case 'zoom':
      return { state: { ...state, zoomed: !state.zoomed } };
    case 'help':
      return { state: { ...state, overlay: 'help', helpTop: 0 } };
    case 'back':
      return { state: state.zoomed ? { ...state, zoomed: false } : { ...state, filter: '' } };
    case 'quit':
      return { state: { ...state, overlay: 'quit' } };
    case 'suspend':
    case 'interrupt':
    case 'redraw':
      return { state };
    default:
      return action satisfies never;
  }
}

function pressAnswer(state: ScreenState, key: Key): Pressed {
  const isYes = key.name === 'text' && key.text === 'y';
  const isNo = key.name === 'escape' || (key.name === 'text' && (key.text === 'n' || key.text === 'q'));
  if (!isYes && !isNo) return { state };
  return { state: { ...state, question: undefined }, command: { type: 'answer', yes: isYes } };
}

function pressQuit(state: ScreenState, key: Key): Pressed {
  const closed: ScreenState = { ...state, overlay: 'none' };
  if (key.name === 'escape') return { state: closed };
  if (key.name === 'enter') return { state: closed, command: { type: 'quit', how: 'leave' } };
  if (key.name !== 'text') return { state };
  switch (key.text) {
    case 'l':
    case 'q':
      return { state: closed, command: { type: 'quit', how: 'leave' } };
    case 'd':
      return { state: closed, command: { type: 'quit', how: 'down' } };
    case 'c':
    case 'n':
      return { state: closed };
    default:
      return { state };
  }
}

function pressHelp(state: ScreenState, action: Action | undefined, context: PressContext): ScreenState {
  const most = Math.max(0, context.helpRows - context.page);
  const to = (top: number): ScreenState => ({ ...state, helpTop: Math.max(0, Math.min(most, top)) });
  switch (action) {
    case 'up':
      return to(state.helpTop - 1);
    case 'down':
      return to(state.helpTop + 1);
    case 'page-up':
      return to(state.helpTop - context.page);
    case 'page-down':
      return to(state.helpTop + context.page);
    case 'first':
      return to(0);
    case 'last':
      return to(most);
    default:
      return { ...state, overlay: 'none' };
  }
}

function pressFilter(state: ScreenState, key: Key, context: PressContext): ScreenState {
  switch (key.name) {
    case 'text':
    case 'paste':
      return { ...state, filter: state.filter + key.text.replace(/\s/g, '') };
    case 'backspace':
      return { ...state, filter: [...state.filter].slice(0, -1).join('') };
    case 'enter':
      return { ...state, filtering: false };
    case 'escape':
      return { ...state, filtering: false, filter: '' };
    case 'up':
      return move(state, -1, context);
    case 'down':
      return move(state, 1, context);
    case 'ctrl':
      return key.text === 'u' ? { ...state, filter: '' } : state;
    default:
      return state;
  }
}

function focusBy(state: ScreenState, by: number): ScreenState {
  const index = (panelIds.indexOf(state.focus) + by + panelIds.length) % panelIds.length;
  return { ...state, focus: panelIds[index] ?? 'services' };
}

function move(state: ScreenState, by: number, context: PressContext): ScreenState {
  const within = (value: number, count: number): number => Math.max(0, Math.min(value, count - 1));
  switch (state.focus) {
    case 'services': {
      const shown = shownServices(context.services, state.filter);
      const chosen = chosenService(context.services, state);
      const index = within(shown.indexOf(chosen ?? '') + by, shown.length);
      return { ...state, service: shown[index] };
    }
    case 'activity':
      // The newest row stands on top, so that it is in the same place whatever the size.
      return { ...state, activity: within(state.activity + by, context.activity) };
    case 'problems':
      return { ...state, problem: within(state.problem + by, context.problemLines - context.page + 1) };
    case 'tests':
      return { ...state, test: within(state.test + by, context.tests) };
    case 'logs':
      return state;
    default:
      return state.focus satisfies never;
  }
}
