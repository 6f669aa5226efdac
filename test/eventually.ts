import { vi } from 'vitest';

/** Waits until it holds, for longer than any machine that works needs. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 10_000 });
}
