import { describe, expect, it } from 'vitest';
import { endOf, worstEnd } from './verdict.ts';

describe('an exit code', () => {
  it.each([
    [0, { type: 'passed' }],
    [1, { type: 'failed', exitCode: 1 }],
    [5, { type: 'failed', exitCode: 5 }],
    [126, { type: 'missing', exitCode: 126 }],
    [127, { type: 'missing', exitCode: 127 }],
    [137, { type: 'killed', exitCode: 137 }],
    [139, { type: 'failed', exitCode: 139, signal: 'SIGSEGV' }],
    [143, { type: 'failed', exitCode: 143, signal: 'SIGTERM' }],
    [255, { type: 'failed', exitCode: 255 }],
  ])('%d says %j', (code, end) => {
    expect(endOf(code)).toEqual(end);
  });
});

describe('several commands of a suite', () => {
  it.each([
    [[], 'passed'],
    [[0, 0], 'passed'],
    [[0, 1], 'failed'],
    [[127, 1], 'failed'],
    [[137, 1], 'failed'],
    [[127, 137], 'killed'],
    [[0, 127], 'missing'],
  ])('that end with %j are %s', (codes, type) => {
    expect(worstEnd(codes.map(endOf)).type).toBe(type);
  });

  it('have the code of the first that is red', () => {
    expect(worstEnd([0, 3, 4].map(endOf))).toEqual({ type: 'failed', exitCode: 3 });
  });
});
