import type { Clock } from '../core/clock.ts';
import { formatMs } from '../core/measures.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

/** Lines for people, with one line of progress that renews itself below them where there is a terminal. */
export interface Terminal {
  /** Writes one or more lines; with `indent` they are broken to the width of a terminal, and continued that far in. */
  print(text: string, indent?: number): void;
  /** Long work begins; the one before it is over. Without a terminal it is a line of its own. */
  step(text: string): void;
  /** The work of the last step is over; its time is shown when it took a while. */
  endStep(): void;
  /** Ctrl-C was pressed: takes away what the terminal showed of it and says that the end has begun. */
  interrupted(): void;
  /** Takes the progress line away and stops its clock. Prints go on working. */
  close(): void;
}

export interface TerminalOptions {
  readonly write: (text: string) => void;
  readonly isTTY: boolean;
  /** Width at this moment. */
  readonly columns: () => number;
  readonly clock: Clock;
  readonly style: Style;
}

const renewMs = 1_000;
/** Steps shorter than this leave no line behind on a terminal, or no word on their time elsewhere. */
const worthALineMs = 1_000;
const worthATimeMs = 5_000;
/** Without a terminal, long work says that it is alive this often. */
const heartbeatMs = 30_000;

export function createTerminal(options: TerminalOptions): Terminal {
  const { write, isTTY, columns, clock, style } = options;
  let current: { readonly text: string; readonly since: number } | undefined;
  let cancelTimer: (() => void) | undefined;

  const clear = (): void => {
    if (isTTY && current) write('\r\x1b[2K');
  };
  const draw = (): void => {
    if (!isTTY || !current) return;
    const ms = clock.monotonic() - current.since;
    const time = ms < worthALineMs ? '' : `  ${formatMs(Math.round(ms / 1_000) * 1_000)}`;
    const room = Math.max(10, columns() - time.length - 3);
    write(`${style.dim('·')} ${cut(current.text, room)}${style.dim(time)}`);
  };
  const renew = (): void => {
    cancelTimer = clock.after(isTTY ? renewMs : heartbeatMs, () => {
      if (!current) return;
      if (isTTY) {
        clear();
        draw();
      } else write(`· ${current.text}: still at it after ${formatMs(clock.monotonic() - current.since)}\n`);
      renew();
    });
  };
  const endStep = (): void => {
    cancelTimer?.();
    cancelTimer = undefined;
    if (!current) return;
    clear();
    const ms = clock.monotonic() - current.since;
    const { text } = current;
    current = undefined;
    if (ms < (isTTY ? worthALineMs : worthATimeMs)) return;
    const time = formatMs(ms);
    write(
      isTTY
        ? `${style.good('✓')} ${cut(text, columns() - time.length - 4)}  ${style.dim(time)}\n`
        : `· ${text}: took ${time}\n`,
    );
  };

  const step = (text: string): void => {
    endStep();
    current = { text, since: clock.monotonic() };
    if (isTTY) draw();
    else write(`· ${text}\n`);
    renew();
  };
  const close = (): void => {
    cancelTimer?.();
    clear();
    current = undefined;
  };

  return {
    print: (text, indent) => {
      clear();
      const lines = isTTY && indent !== undefined ? wrap(text, columns(), indent) : text;
      write(lines.endsWith('\n') ? lines : `${lines}\n`);
      draw();
    },
    step,
    endStep,
    interrupted: () => {
      if (!isTTY) return;
      close();
      // The `^C` that the terminal itself has written where the cursor was.
      write('\r\x1b[2K');
      step('ending; Ctrl-C again ends at once');
    },
    close,
  };
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}
