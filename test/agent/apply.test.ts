import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startPod } from './pod-fixture.ts';
import { file } from './session-client.ts';

test('a file of a batch is in the container when the batch is acknowledged', async () => {
  const { session, at } = await startPod();
  const ack = await session.apply(1, [file('/app/hello.py', 'print(1)\n')]);
  expect(ack.problems).toEqual([]);
  expect(readFileSync(at('/app/hello.py'), 'utf8')).toBe('print(1)\n');
  console.log(ack);
});
