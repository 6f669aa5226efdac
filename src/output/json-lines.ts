import type { Sink } from './bus.ts';

/** One JSON object a line, `event` and `time` first. */
export function jsonLines(write: (text: string) => void): Sink {
  return ({ event, time, ...facts }) => write(`${JSON.stringify({ event, time, ...facts })}\n`);
}
