import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Container } from './container.ts';
import { Containers } from './container.ts';
import { descendantsOf, isAlive } from './processes.ts';
import { until } from './until.ts';

const containers = new Containers();
afterEach(() => containers.removeAll());

const sh = (line: string) => ['sh', '-c', line];
const run = (container: Container, line: string, fields: Record<string, unknown> = {}) =>
  container.agent.request('run', { command: sh(line), ...fields });

function printed(container: Container): unknown[] {
  return container.agent.lines.filter(({ type }) => type === 'output').map((line) => line['line']);
}

describe('a command that the agent wants run', () => {
  test('runs in the app’s folder, before the app ever ran, and is told line by line with its exit code', async () => {
    const container = await containers.start('sleep', '1000');
    await container.agent.registration();
    const result = await run(container, 'pwd; echo two >&2; exit 4');
    expect(result).toMatchObject({ ok: true, exitCode: 4, tail: [container.dir, 'two'] });
    expect(printed(container)).toEqual([container.dir, 'two']);
    expect(container.agent.app).toEqual({ state: 'waiting' });
  });

  test('leaves the running app alone and has no standard input', async () => {
    const container = await containers.start('sleep', '1000');
    const pid = await container.open();
    expect(await run(container, 'cat; echo end')).toMatchObject({ exitCode: 0, tail: ['end'] });
    expect(await isAlive(pid)).toBe(true);
  });

  test('is ended with everything it started when its time is over, whatever that did to its session', async () => {
    const container = await containers.start('sleep', '1000');
    const app = await container.open();
    const result = await run(
      container,
      '(setsid sh -c "trap \'\' TERM HUP; echo \\$\\$ > stray; while :; do sleep 0.05; done" &); trap "" TERM; while :; do sleep 0.05; done',
      { timeoutMs: 3_000 },
    );
    expect(result).toMatchObject({ ok: true, timedOut: true });
    const stray = await container.pidIn('stray');
    await until('the stray process ends', async () => !(await isAlive(stray)));
    await until('only the app is left', async () => (await descendantsOf(container.pid)).join() === `${app}`);
  });

  test('is not ended by the crash of the app or by a restart, which waits for it', async () => {
    const container = await containers.start(
      'sh',
      '-c',
      'while ! [ -e crash ]; do sleep 0.01; done; rm crash; exit 1',
    );
    await container.open();
    const chore = run(container, 'echo up; while ! [ -e go ]; do sleep 0.01; done; echo whole');
    await until('it runs', () => printed(container).includes('up'));
    await writeFile(path.join(container.dir, 'crash'), '');
    await container.agent.state('held');
    const restarted = container.agent.request('restart', { graceMs: 0 });
    await writeFile(path.join(container.dir, 'go'), '');
    expect(await chore).toMatchObject({ ok: true, exitCode: 0, tail: ['up', 'whole'] });
    expect(await restarted).toMatchObject({ ok: true });
    await container.agent.state('running');
  });

  test('waits for the one before it', async () => {
    const container = await containers.start('sleep', '1000');
    await container.agent.registration();
    const first = run(container, 'sleep 0.2; echo one >> order');
    const second = run(container, 'echo two >> order; cat order');
    await first;
    expect(await second).toMatchObject({ exitCode: 0, tail: ['one', 'two'] });
  });

  test('that prints without end keeps its last lines and fills nobody’s memory', async () => {
    const container = await containers.start('sleep', '1000');
    await container.agent.registration();
    const result = await run(
      container,
      'yes 0123456789012345678901234567890123456789 | head -n 300000; echo last',
    );
    expect((result['tail'] as string[]).at(-1)).toBe('last');
    expect(result['tail']).toHaveLength(20);
    expect(printed(container).length).toBeLessThan(150_000);
    expect(printed(container)).toContain('… and more, which is left out');
  });

  test('that does not exist says so', async () => {
    const container = await containers.start('sleep', '1000');
    await container.agent.registration();
    const result = await container.agent.request('run', { command: ['no-such-program'] });
    expect(result).toMatchObject({ ok: true, exitCode: 127 });
    expect(String(result['tail'])).toContain('no-such-program');
    expect(await container.agent.request('run', { command: [] })).toMatchObject({
      ok: false,
      code: 'start-failed',
    });
  });

  test('does not keep a container from stopping', async () => {
    const container = await containers.start('sleep', '1000');
    await container.open();
    void run(container, 'trap "" TERM; echo up; while :; do sleep 0.05; done').catch(() => undefined);
    await until('it runs', () => printed(container).includes('up'));
    container.process.kill('SIGTERM');
    await container.ended;
  });
});
