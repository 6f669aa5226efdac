import { expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { Endpoint } from '../core/ports/endpoint.ts';
import { keepConnected } from './keep-connected.ts';

/** A clock whose waits end at once and are written down. */
function clockOf(waits: number[]): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    after: (ms, run) => {
      waits.push(ms);
      now += ms;
      setImmediate(run);
      return () => undefined;
    },
  };
}

const lost = () => new KdevError({ code: 'link-lost', fault: 'environment', what: 'cut' });

it('dials again after 100 ms, 200 ms and so on, and stops at the signal', async () => {
  const waits: number[] = [];
  const ended = new AbortController();
  let dials = 0;
  await keepConnected({
    clock: clockOf(waits),
    signal: ended.signal,
    dial: async () => {
      dials += 1;
      if (dials === 5) ended.abort();
      throw lost();
    },
    serve: async () => undefined,
    wasOfUse: () => false,
    onDialling: () => undefined,
    onLost: () => undefined,
  });
  expect(waits).toEqual([100, 200, 400, 800]);
});

it('begins with 100 ms again after a connection over which everything arrived, however short it was', async () => {
  const waits: number[] = [];
  const ended = new AbortController();
  let dials = 0;
  await keepConnected({
    clock: clockOf(waits),
    signal: ended.signal,
    dial: async () => {
      dials += 1;
      if (dials === 5) ended.abort();
      return { close: () => undefined } as unknown as Endpoint;
    },
    serve: async () => {
      throw lost();
    },
    wasOfUse: () => dials % 2 === 0,
    onDialling: () => undefined,
    onLost: () => undefined,
  });
  expect(waits).toEqual([100, 100, 200, 100]);
});

it('ends for good when a newer session has taken over, and closes what it had', async () => {
  let closed = 0;
  const endpoint = { close: () => closed++ } as unknown as Endpoint;
  const reasons: string[] = [];
  await keepConnected({
    clock: clockOf([]),
    signal: new AbortController().signal,
    dial: async () => endpoint,
    serve: async () => {
      throw new KdevError({ code: 'session-superseded', fault: 'environment', what: 'term 9' });
    },
    wasOfUse: () => false,
    onDialling: () => undefined,
    onLost: ({ code }) => reasons.push(code),
  });
  expect(reasons).toEqual(['session-superseded']);
  expect(closed).toBe(1);
});

it('takes what no part of kdev threw on purpose for its own fault, and dials again', async () => {
  const ended = new AbortController();
  const reasons: string[] = [];
  let dials = 0;
  await keepConnected({
    clock: clockOf([]),
    signal: ended.signal,
    dial: async () => {
      dials += 1;
      if (dials === 2) ended.abort();
      throw new TypeError('x is not a function');
    },
    serve: async () => undefined,
    wasOfUse: () => false,
    onDialling: () => undefined,
    onLost: ({ code, what, fault }) => reasons.push(code, fault, what),
  });
  expect(reasons).toEqual(['internal', 'kdev', 'x is not a function']);
});
