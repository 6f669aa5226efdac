import { Box } from 'ink';
import { line } from '../text/line.ts';
import { paint } from '../text/paint.ts';
import type { View } from '../view.ts';
import { Panel } from './panel.tsx';
import { Rows } from './rows.tsx';

/** So wide at the most, frame included. */
const widest = 58;

export function dialogWidth(view: View): number {
  return Math.min(view.size.columns, widest) - 2;
}

/** One of the keys that answer. */
export function choice(key: string, text: string, width: number): string {
  return line([[` ${key.padEnd(7)}`, paint.accent], [` ${text}`]], width);
}

/** Lies over the middle of the screen; what does not fit on it is left out at the end. */
export function Dialog(props: {
  readonly view: View;
  readonly title: string;
  readonly lines: readonly string[];
}) {
  const { columns, rows } = props.view.size;
  const inner = dialogWidth(props.view);
  const lines = props.lines.slice(0, Math.max(1, rows - 2));
  const [width, height] = [inner + 2, lines.length + 2];
  return (
    <Box
      position="absolute"
      marginLeft={Math.floor((columns - width) / 2)}
      marginTop={Math.max(0, Math.floor((rows - height) / 2))}
    >
      <Panel title={props.title} width={width} height={height} focused>
        <Rows lines={lines} width={inner} />
      </Panel>
    </Box>
  );
}
