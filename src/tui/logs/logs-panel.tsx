import { Transform } from 'ink';
import type { ReactElement } from 'react';
import type { Logs } from './logs.ts';

/**
 * The log's present rows, exactly `width` × `height`. What Ink lays out is a block of blanks; the rows take its place
 * when the block is written, because Ink keeps the size of every text that it has ever laid out.
 */
export function LogsPanel({
  logs,
  width,
  height,
}: {
  readonly logs: Logs;
  readonly width: number;
  readonly height: number;
}): ReactElement {
  const rows = logs.draw(width, height);
  const blank = Array.from({ length: height }, () => ' '.repeat(width)).join('\n');
  return <Transform transform={(_, row) => rows[row] ?? ''}>{blank}</Transform>;
}
