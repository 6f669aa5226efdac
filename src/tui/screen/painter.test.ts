import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { createPainter } from './painter.ts';

function makeScreen(columns: number, rows: number) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const written: string[] = [];
  const painter = createPainter({ write: (text) => written.push(text), spell: (line) => line });
  return {
    painter,
    written,
    resize: (wide: number, high: number) => terminal.resize(wide, high),
    shown: async () => {
      for (const text of written.splice(0)) terminal.write(text);
      await new Promise<void>((resolve) => terminal.write('', resolve));
      return Array.from({ length: terminal.rows }, (_, y) =>
        terminal.buffer.active.getLine(terminal.buffer.active.baseY + y)?.translateToString(true),
      );
    },
  };
}

describe('the painter', () => {
  it('shows each frame as it is, whatever stood there before', async () => {
    const size = { columns: 6, rows: 3 };
    const { painter, shown } = makeScreen(6, 3);
    painter.paint('one\ntwo\nthree', size);
    expect(await shown()).toEqual(['one', 'two', 'three']);
    painter.paint('one\n\n123456', size);
    expect(await shown()).toEqual(['one', '', '123456']);
    painter.paint('1', size);
    expect(await shown()).toEqual(['1', '', '']);
  });

  it('writes only the lines that differ, and nothing for an equal frame', () => {
    const size = { columns: 6, rows: 3 };
    const { painter, written } = makeScreen(6, 3);
    painter.paint('one\ntwo\nthree', size);
    written.splice(0);
    painter.paint('one\n2\nthree', size);
    expect(written.join('')).toContain('\x1b[2;1H2');
    expect(written.join('')).not.toContain('one');
    written.splice(0);
    painter.paint('one\n2\nthree', size);
    expect(written).toEqual([]);
  });

  it('keeps the last cell of a line that is as wide as the screen', async () => {
    const { painter, shown } = makeScreen(4, 2);
    painter.paint('漢字\n\x1b[31mabcd\x1b[39m', { columns: 4, rows: 2 });
    expect(await shown()).toEqual(['漢字', 'abcd']);
  });

  it('draws all of it after a resize, and after somebody else has written', async () => {
    const { painter, shown, resize } = makeScreen(6, 3);
    painter.paint('one\ntwo\nthree', { columns: 6, rows: 3 });
    await shown();
    resize(5, 2);
    painter.paint('one\ntwo', { columns: 5, rows: 2 });
    expect(await shown()).toEqual(['one', 'two']);
    painter.forget();
    painter.paint('one\ntwo', { columns: 5, rows: 2 });
    expect(await shown()).toEqual(['one', 'two']);
  });

  it('leaves out rows that the screen does not have', async () => {
    const { painter, shown } = makeScreen(6, 2);
    painter.paint('one\ntwo\nthree', { columns: 6, rows: 2 });
    expect(await shown()).toEqual(['one', 'two']);
  });
});
