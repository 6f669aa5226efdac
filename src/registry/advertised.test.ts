import { describe, expect, it } from 'vitest';
import { parseAdvertised } from './advertised.ts';

describe('parseAdvertised', () => {
  it('uses the host for every side that has no name of its own', () => {
    expect(parseAdvertised('host: http://reg:5000/')).toEqual({
      fromHere: 'reg:5000',
      fromNodes: 'reg:5000',
      fromPods: 'reg:5000',
      plainHttp: true,
    });
  });

  it.each(['', 'help: x', '{', '- a', 'host: ""'])('refuses %j', (text) => {
    expect(() => parseAdvertised(text)).toThrow(
      expect.objectContaining({ code: 'registry-advertised-badly' }),
    );
  });
});
