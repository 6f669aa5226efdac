import { describe, expect, it } from 'vitest';
import { BuildProgress } from './build-progress.ts';

function follow() {
  const said: string[] = [];
  const reporter = {
    step: (text: string) => said.push(`step ${text}`),
    detail: (text: string) => said.push(text),
  };
  return {
    said,
    progress: new BuildProgress({ reporter, service: 'web', onLine: (line) => said.push(`> ${line}`) }),
  };
}
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('BuildProgress', () => {
  it('says each step once, when it begins', () => {
    const { said, progress } = follow();
    progress.take({ vertexes: [{ digest: 'a', name: '[1/2] RUN true' }] });
    progress.take({ vertexes: [{ digest: 'a', name: '[1/2] RUN true', started: 'now' }] });
    progress.take({ vertexes: [{ digest: 'a', name: '[1/2] RUN true', started: 'now', completed: 'now' }] });
    expect(said).toEqual(['step building web: [1/2] RUN true', '> [1/2] RUN true']);
  });

  it('keeps BuildKit’s inner steps and cached ones to those who ask for details', () => {
    const { said, progress } = follow();
    progress.take({
      vertexes: [
        { digest: 'a', name: '[internal] load build context', started: 'now' },
        { digest: 'b', name: '[1/2] RUN true', started: 'now', cached: true },
      ],
    });
    expect(said.filter((line) => line.startsWith('step'))).toEqual([]);
  });

  it('does not take layers that are not there for the reason of a failure', () => {
    const { progress } = follow();
    progress.take({
      vertexes: [{ digest: 'a', name: 'importing cache manifest from r/a:layers', error: 'not found' }],
    });
    expect(progress.failed).toBeUndefined();
  });

  it('joins the pieces of a line', () => {
    const { said, progress } = follow();
    progress.take({ logs: [{ vertex: 'a', data: base64('one\ntw') }] });
    progress.take({ logs: [{ vertex: 'a', data: base64('o\n') }] });
    expect(said).toEqual(['> one', '> two']);
  });

  it('remembers the first failed step with its last lines', () => {
    const { progress } = follow();
    progress.take({
      vertexes: [
        { digest: 'a', name: 'RUN a' },
        { digest: 'b', name: 'RUN b' },
      ],
    });
    for (let line = 1; line <= 30; line++)
      progress.take({ logs: [{ vertex: 'a', data: base64(`line ${line}\n`) }] });
    progress.take({ logs: [{ vertex: 'a', data: base64('without end') }] });
    progress.take({ vertexes: [{ digest: 'a', error: 'exit code: 1' }] });
    progress.take({ vertexes: [{ digest: 'b', error: 'context canceled' }] });
    expect(progress.failed).toMatchObject({ name: 'RUN a', error: 'exit code: 1' });
    expect(progress.failed?.lastLines).toHaveLength(20);
    expect(progress.failed?.lastLines.at(-1)).toBe('without end');
  });
});
