import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { KdevEvent } from '../core/event.ts';
import { eventOutput, lineWriter, OutputTail } from './output.ts';

async function feed(writer: Writable, ...chunks: readonly (string | Buffer)[]): Promise<void> {
  for (const chunk of chunks) writer.write(chunk);
  writer.end();
  await once(writer, 'finish');
}

async function linesOf(...chunks: readonly (string | Buffer)[]): Promise<readonly string[]> {
  const lines: string[] = [];
  await feed(
    lineWriter((line) => lines.push(line)),
    ...chunks,
  );
  return lines;
}

describe('lines of what comes in pieces', () => {
  it('are whole, empty ones among them, and the last needs no newline', async () => {
    expect(await linesOf('a', 'b\n\nc\r', '\nd')).toEqual(['ab', '', 'c', 'd']);
  });

  it('keep a letter that is cut in two', async () => {
    const bytes = Buffer.from('grün\n');
    expect(await linesOf(bytes.subarray(0, 3), bytes.subarray(3))).toEqual(['grün']);
  });

  it('are cut where a tool never ends one', async () => {
    const lines = await linesOf(...Array.from({ length: 40 }, () => 'x'.repeat(10_000)));
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.join('')).toHaveLength(400_000);
  });

  it('become log events of their suite', async () => {
    const events: KdevEvent[] = [];
    const output = eventOutput({ emit: (event) => void events.push(event) }, true);
    const { stdout, stderr } = output.open({ service: 'adder', suite: 'unit', replica: 'adder-1' });
    await feed(stdout, 'one\ntwo');
    await feed(stderr, 'three\n');
    const about = { event: 'log', service: 'adder', suite: 'unit', replica: 'adder-1', source: 'test' };
    expect(events).toEqual(
      ['one', 'two', 'three'].map((line) => ({ ...about, line, at: expect.any(String) as string })),
    );
  });
});

describe('the tail of an output', () => {
  it('is its end, without colours, and bounded; everything passes', async () => {
    const tail = new OutputTail(1_000);
    let passed = 0;
    const writer = tail.through(
      lineWriter((line) => {
        passed += line.length;
      }),
    );
    await feed(writer, ...Array.from({ length: 100 }, () => `${'x'.repeat(99)}\n`), '\x1b[31mred\x1b[0m\r\n');
    expect(passed).toBe(100 * 99 + '\x1b[31mred\x1b[0m'.length);
    expect(tail.text.length).toBeLessThan(1_200);
    expect(tail.text.endsWith('x\nred\n')).toBe(true);
    expect(tail.lastLine).toBe('red');
  });
});
