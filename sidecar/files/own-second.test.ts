import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OwnSecond } from './own-second.ts';

const at = 1_700_000_000_250;

test('a save takes the present time when the path never had this second', () => {
  expect(new OwnSecond().choose('/a', undefined, at)).toBe(at);
  expect(new OwnSecond().choose('/a', at - 5000, at)).toBe(at);
});

test('a second save in the same second takes the beginning of the next one', () => {
  const own = new OwnSecond();
  own.choose('/a', undefined, at);
  expect(own.choose('/a', at, at + 100)).toBe(1_700_000_001_000);
  expect(own.sharing.size).toBe(0);
});

test('a file of the image that already has this second counts as a version', () => {
  expect(new OwnSecond().choose('/a', at - 200, at)).toBe(1_700_000_001_000);
});

test('a third save in one second shares until it is settled, which may have to wait less than a second', () => {
  const own = new OwnSecond();
  own.choose('/a', undefined, at);
  own.choose('/a', at, at + 10);
  expect(own.choose('/a', 1_700_000_001_000, at + 20)).toBe(at + 1020);
  expect([...own.sharing]).toEqual(['/a']);
  const { mtimeMs, fromMs } = own.settle('/a', at + 30);
  expect(mtimeMs).toBe(1_700_000_002_000);
  expect(fromMs).toBe(1_700_000_001_000);
  own.settled('/a', mtimeMs);
  expect(own.sharing.size).toBe(0);
  expect(own.choose('/a', mtimeMs, at + 1800)).toBe(1_700_000_003_000);
});

test('after settling, no two versions that could run share a second, and none is more than a second ahead', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 700 }), fc.boolean()), { maxLength: 60 }),
      (saves) => {
        const own = new OwnSecond();
        const ran: number[] = [];
        const shown: number[] = [];
        let now = at;
        let present: number | undefined;
        for (const [pause, runs] of saves) {
          now += pause;
          present = own.choose('/a', present, now);
          expect(present).toBeLessThanOrEqual(now + 1000);
          if (runs) {
            if (own.sharing.has('/a')) {
              const settled = own.settle('/a', now);
              expect(settled.fromMs - now).toBeLessThanOrEqual(1000);
              now = Math.max(now, settled.fromMs);
              expect(settled.mtimeMs).toBeLessThanOrEqual(now + 1000);
              own.settled('/a', settled.mtimeMs);
              present = settled.mtimeMs;
            }
            expect(shown).not.toContain(Math.floor(present / 1000));
            ran.push(Math.floor(present / 1000));
          }
          shown.push(Math.floor(present / 1000));
          if (pause % 7 === 0) own.prune(now);
        }
        expect(new Set(ran).size).toBe(ran.length);
      },
    ),
  );
});
