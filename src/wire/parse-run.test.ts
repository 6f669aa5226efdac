import { describe, expect, it } from 'vitest';
import { parseAgentMessage } from './parse-agent-message.ts';
import { parseClientMessage } from './parse-client-message.ts';

const run = { command: ['sh', '-c', 'make'], timeoutMs: 1_000 };

describe('messages about run steps', () => {
  it('come through as they were sent', () => {
    expect(parseClientMessage({ type: 'run', id: 4, run })).toEqual({ type: 'run', id: 4, run });
    expect(parseClientMessage({ type: 'commit', seq: 2, restart: true, runs: [run] })).toEqual({
      ...{ type: 'commit', seq: 2, restart: true },
      runs: [run],
    });
    expect(parseAgentMessage({ type: 'output', id: 4, line: 'cc' })).toEqual({
      type: 'output',
      id: 4,
      line: 'cc',
    });
    const ended = { type: 'result', id: 4, ok: true, exitCode: 2, timedOut: true, tail: ['a'], ms: 7 };
    expect(parseAgentMessage(ended)).toEqual(ended);
  });

  it.each([
    ['no command', {}],
    ['an empty command', { command: [], timeoutMs: 1 }],
    ['a command with NUL', { command: ['a\0b'], timeoutMs: 1 }],
    ['a part that is no text', { command: ['a', 1], timeoutMs: 1 }],
    ['no time limit', { command: ['a'] }],
    ['a negative time limit', { command: ['a'], timeoutMs: -1 }],
  ])('with %s are refused', (_what, wrong) => {
    const refused = { code: 'agent-protocol' };
    expect(() => parseClientMessage({ type: 'run', id: 1, run: wrong })).toThrowError(
      expect.objectContaining(refused),
    );
    expect(() => parseClientMessage({ type: 'commit', seq: 1, runs: [wrong] })).toThrowError(
      expect.objectContaining(refused),
    );
  });

  it('keep no more than the last 20 lines of what a container says it printed', () => {
    const tail = Array.from({ length: 10_000 }, (_, index) => String(index));
    const parsed = parseAgentMessage({ type: 'result', id: 1, ok: true, tail });
    expect(parsed).toMatchObject({ tail: expect.objectContaining({ length: 20 }) });
  });
});
