import { expect, test } from 'vitest';
import type { LoggedLine } from '../core/ports/cluster.ts';
import { mergeByTime } from './merge-by-time.ts';

const at = (second: string, line: string): LoggedLine => ({ time: `2026-01-01T00:00:${second}Z`, line });

async function* log(...batches: readonly (readonly LoggedLine[])[]) {
  for (const batch of batches) yield batch;
}

async function merged(...logs: readonly AsyncIterable<readonly LoggedLine[]>[]): Promise<string> {
  let text = '';
  for await (const lines of mergeByTime(logs.map((batches, index) => ({ from: index, batches })))) {
    for (const { line, from } of lines) text += `${from}${line} `;
  }
  return text.trimEnd();
}

test('lines of several logs come in the order of their times', async () => {
  const first = log([at('01', 'a'), at('03', 'c')], [at('05', 'e')]);
  const second = log([at('02', 'b')], [], [at('04', 'd'), at('06', 'f')]);
  expect(await merged(first, second)).toBe('0a 1b 0c 1d 0e 1f');
});

test('fractions of any length are compared', async () => {
  expect(await merged(log([at('01.5', 'b')]), log([at('01.45', 'a')]), log([at('01', 'x')]))).toBe(
    '2x 1a 0b',
  );
});

test('lines of one log keep their order, whatever their times', async () => {
  expect(await merged(log([at('02', 'late'), at('01', 'early')]), log([at('03', 'last')]))).toBe(
    '0late 0early 1last',
  );
});

test('nothing comes of no logs and of empty ones', async () => {
  expect(await merged()).toBe('');
  expect(await merged(log(), log([]))).toBe('');
});
