import { Text, Transform } from 'ink';

/**
 * Finished lines of exactly `width` cells. They are put in after Ink has measured: it remembers every text that it ever
 * measured, and would keep each state of the screen for ever.
 */
export function Rows({ lines, width }: { readonly lines: readonly string[]; readonly width: number }) {
  if (lines.length === 0 || width < 1) return null;
  const blank = `${`${'.'.repeat(width)}\n`.repeat(lines.length - 1)}${'.'.repeat(width)}`;
  return (
    <Transform transform={(_, row) => lines[row] ?? ''}>
      <Text>{blank}</Text>
    </Transform>
  );
}
