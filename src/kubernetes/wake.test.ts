import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWake } from './wake.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('A47: tells everybody who listens of another address, once, and of nothing while all stays as it is', () => {
  let address = '192.0.2.1';
  const wake = createWake(() => address);
  const heard: string[] = [];
  const over = new AbortController();
  wake.notice(over.signal, () => heard.push('one'));
  wake.notice(new AbortController().signal, () => heard.push('two'));
  vi.advanceTimersByTime(10_000);
  expect(heard).toEqual([]);
  address = '198.51.100.7';
  vi.advanceTimersByTime(10_000);
  expect(heard).toEqual(['one', 'two']);
  over.abort();
  address = '';
  vi.advanceTimersByTime(2_000);
  expect(heard).toEqual(['one', 'two', 'two']);
});

it('A47: takes a clock that jumped while nothing ran for sleep, and leaves no timer behind', () => {
  const wake = createWake(() => 'same');
  const over = new AbortController();
  const woken = vi.fn();
  wake.notice(over.signal, woken);
  vi.setSystemTime(Date.now() + 60_000);
  vi.advanceTimersByTime(2_000);
  expect(woken).toHaveBeenCalledOnce();
  over.abort();
  expect(vi.getTimerCount()).toBe(0);
});
