import type { Clock } from '../core/clock.ts';
import type { Controls } from '../core/ports/controls.ts';
import type { TuiActions } from './actions.ts';
import type { KeyboardInput } from './keys/keyboard.ts';
import type { Logs } from './logs/logs.ts';
import type { TimedEvent } from './model/model.ts';
import type { ScreenProject } from './view.ts';

export interface TuiOptions {
  readonly project: ScreenProject;
  readonly controls: Controls;
  readonly actions: TuiActions;
  readonly logs: Logs;
  /** Calls back with every event from now on; what it returns ends that. */
  readonly listen: (sink: (event: TimedEvent) => void) => () => void;
  /** Ctrl-C was pressed: to be the same as the signal. */
  readonly interrupt: () => void;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: KeyboardInput;
  readonly stdout: {
    readonly columns?: number;
    readonly rows?: number;
    write(text: string): unknown;
    on(event: 'resize', listener: () => void): unknown;
    off(event: 'resize', listener: () => void): unknown;
  };
  readonly process: Pick<NodeJS.Process, 'on' | 'off' | 'kill' | 'pid'>;
}
