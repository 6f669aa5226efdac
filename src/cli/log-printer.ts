import type { LoggedLine } from '../core/ports/cluster.ts';
import type { EventBus } from '../output/bus.ts';
import { printable } from '../output/printable.ts';
import type { Style } from '../output/style.ts';

export type OnLines = (
  lines: readonly LoggedLine[],
  from: { readonly service: string; readonly replica: string },
) => void | Promise<void>;

/** Each line as a `log` event. */
export function emitLines(bus: Pick<EventBus, 'emit'>): OnLines {
  return (lines, { service, replica }) => {
    for (const { time, line } of lines) bus.emit({ event: 'log', service, replica, line, at: time });
  };
}

/** Lines for people or for the next program: whose, then what; one write for what came together. */
export function printLines(options: {
  readonly style: Style;
  readonly colours: boolean;
  /** With the pod's name before each line. */
  readonly names: boolean;
  readonly timestamps: boolean;
  /** Resolves when there is room for more. */
  readonly write: (text: string) => void | Promise<void>;
}): OnLines {
  const { style, colours, names, timestamps, write } = options;
  let width = 0;
  return (lines, { replica }) => {
    width = Math.max(width, replica.length);
    const name = names ? `${style.name(replica.padEnd(width))} ${style.dim('│')} ` : '';
    const printed = lines.map(({ time, line }) => {
      const stamp = timestamps ? `${style.dim(time)} ` : '';
      return `${name}${stamp}${printable(line, colours)}\n`;
    });
    return write(printed.join(''));
  };
}
