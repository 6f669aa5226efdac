import { Box } from 'ink';
import type { ReactNode } from 'react';
import { line, type Span } from '../text/line.ts';
import { paint } from '../text/paint.ts';
import { widthOf } from '../text/width.ts';
import { Rows } from './rows.tsx';

/** A frame with a title in its upper edge; inside are `width - 2` by `height - 2` cells. */
export function Panel(props: {
  readonly title: string;
  /** At the right end of the upper edge. */
  readonly note?: string;
  readonly width: number;
  readonly height: number;
  readonly focused: boolean;
  readonly children: ReactNode;
}) {
  const { title, note = '', width, height, focused, children } = props;
  const inner = height - 2;
  const look = focused ? paint.accent : paint.dim;
  const side = Array.from({ length: inner }, () => look('│'));
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Rows lines={[upperEdge(title, note, width, focused)]} width={width} />
      <Box height={inner}>
        <Rows lines={side} width={1} />
        <Box width={width - 2} height={inner} overflow="hidden">
          {children}
        </Box>
        <Rows lines={side} width={1} />
      </Box>
      <Rows lines={[look(`╰${'─'.repeat(width - 2)}╯`)]} width={width} />
    </Box>
  );
}

function upperEdge(title: string, note: string, width: number, focused: boolean): string {
  const look = focused ? paint.accent : paint.dim;
  const shown = note !== '' && widthOf(title) + widthOf(note) + 8 <= width ? ` ${note} ` : '';
  const used = widthOf(title) + 4 + widthOf(shown) + 2;
  const spans: Span[] = [
    ['╭─', look],
    [` ${title} `, focused ? paint.bold : paint.plain],
    ['─'.repeat(Math.max(0, width - used)), look],
    [shown, paint.dim],
    ['─╮', look],
  ];
  // A title longer than the edge gives way to the corner.
  return widthOf(title) + 6 > width ? line(spans, width - 1) + look('╮') : line(spans, width);
}
