import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { collectGarbage } from './collect-garbage.ts';

test('what nobody holds any more is given back, without a flag for the program', async () => {
  expect(process.execArgv.join()).not.toContain('expose-gc');
  const held = { bytes: Buffer.alloc(1_000_000) };
  const refs = Array.from({ length: 100 }, () => new WeakRef({ bytes: Buffer.alloc(100_000) }));
  const heldRef = new WeakRef(held);
  // A WeakRef keeps its target until the end of the turn that made it.
  await nextTurn();
  await collectGarbage();
  expect(refs.filter((ref) => ref.deref() !== undefined)).toEqual([]);
  expect(heldRef.deref()).toBe(held);
});
