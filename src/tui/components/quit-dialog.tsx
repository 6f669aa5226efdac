import { Box } from 'ink';
import { line, type Span } from '../text/line.ts';
import { paint } from '../text/paint.ts';
import type { View } from '../view.ts';
import { Panel } from './panel.tsx';
import { Rows } from './rows.tsx';

/** Asks what is to become of what runs; lies over the middle of the screen. */
export function QuitDialog({ view }: { readonly view: View }) {
  const { columns, rows } = view.size;
  const width = Math.min(columns, 58);
  const inner = width - 2;
  const choice = (key: string, text: string): string =>
    line([[` ${key.padEnd(7)}`, paint.accent], [text]] satisfies readonly Span[], inner);
  const lines = [
    choice('l Enter', ' leave everything running'),
    choice('d', ` down: remove it from ${view.project.namespace}`),
    choice('c Esc', ' cancel'),
  ];
  const height = lines.length + 2;
  return (
    <Box
      position="absolute"
      marginLeft={Math.floor((columns - width) / 2)}
      marginTop={Math.max(0, Math.floor((rows - height) / 2))}
    >
      <Panel title="end kdev watch?" width={width} height={height} focused>
        <Rows lines={lines} width={inner} />
      </Panel>
    </Box>
  );
}
