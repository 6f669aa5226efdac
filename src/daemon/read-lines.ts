import type { Socket } from 'node:net';
import { maxLine } from './messages.ts';

/** Calls `onLine` for each complete line; a peer that sends a line without end is cut off. */
export function readLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLine) {
      socket.destroy();
      return;
    }
    for (const line of lines) onLine(line);
  });
}
