import type { Readable } from 'node:stream';

/**
 * Calls `onLine` for each line of a text stream, without its newline; a carriage return also ends a line, because
 * progress bars redraw with it. Empty lines are dropped.
 */
export function splitLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.on('data', (text: string | Buffer) => {
    const parts = (rest + String(text)).split(/[\r\n]+/);
    rest = parts.pop() ?? '';
    for (const line of parts) if (line !== '') onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
