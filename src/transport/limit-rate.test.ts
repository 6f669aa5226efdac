import { Duplex, PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import type { Clock } from '../core/clock.ts';
import { limitRate, RateLimit } from './limit-rate.ts';

/** Time that passes from one timer to the next, whenever everything else is done. */
class LeapingClock implements Clock {
  time = 0;
  now = (): number => this.time;
  monotonic = (): number => this.time;
  after(ms: number, run: () => void): () => void {
    const at = this.time + ms;
    const timer = setImmediate(() => {
      this.time = Math.max(this.time, at);
      run();
    });
    return () => clearImmediate(timer);
  }
}

/** A stream and what was written to it, with the time of each write. */
function recorded(clock: Clock) {
  const writes: { readonly at: number; readonly bytes: number }[] = [];
  const back = new PassThrough();
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      writes.push({ at: clock.monotonic(), bytes: chunk.length });
      done();
    },
    final: (done) => {
      stream.push(null);
      done();
    },
  });
  back.on('data', (chunk) => stream.push(chunk));
  return { stream, writes, back };
}

test('F21: what is written leaves at the rate that was asked for, whole and in order', async () => {
  const clock = new LeapingClock();
  const through = new PassThrough();
  const limited = limitRate(through, new RateLimit(1_000_000, clock));
  const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
  limited.end(content);
  const received = await buffer(limited);
  expect(received.equals(content)).toBe(true);
  expect(clock.time).toBeGreaterThan(2_900);
  expect(clock.time).toBeLessThan(3_100);
});

test('F21: a small write on another stream waits for one turn of the large one, not for all of it', async () => {
  const clock = new LeapingClock();
  const limit = new RateLimit(1_000_000, clock);
  const [large, small] = [recorded(clock), recorded(clock)];
  limitRate(large.stream, limit).write(Buffer.alloc(10_000_000));
  const urgent = limitRate(small.stream, limit);
  while (large.writes.length < 20) await nextTurn();
  const asked = clock.time;
  await new Promise<void>((resolve) => urgent.write(Buffer.alloc(100), () => resolve()));
  expect((small.writes[0]?.at ?? 0) - asked).toBeLessThanOrEqual(100);
  expect(large.writes.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(10_000_000);
});

test('a write that nothing waits before leaves at once, and what comes back is not held up', () => {
  const clock = new LeapingClock();
  const { stream, writes, back } = recorded(clock);
  const limited = limitRate(stream, new RateLimit(1_000, clock));
  limited.write(Buffer.alloc(10));
  expect(writes).toEqual([{ at: 0, bytes: 10 }]);
  const heard: Buffer[] = [];
  limited.on('data', (chunk: Buffer) => heard.push(chunk));
  back.write(Buffer.alloc(1_000_000));
  return eventually(() => expect(Buffer.concat(heard).length).toBe(1_000_000));
});

test('the end of either side is the end of the other', async () => {
  const clock = new LeapingClock();
  const [one, other] = [recorded(clock), recorded(clock)];
  const limited = limitRate(one.stream, new RateLimit(1_000, clock));
  limited.on('error', () => undefined);
  one.stream.destroy(new Error('cut'));
  await eventually(() => expect(limited.destroyed).toBe(true));
  limitRate(other.stream, new RateLimit(1_000, clock)).destroy();
  expect(other.stream.destroyed).toBe(true);
});
