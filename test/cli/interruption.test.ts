import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { listenForInterruption } from '../../src/cli/interruption.ts';
import { heard, makePlace, type Place, smallProject, startKdev } from './kdev-command.ts';

const places: Place[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

/** Its configuration says that it runs, and then never comes to an end. */
function endlessProject(rest = ''): Place {
  const place = makePlace({
    ...smallProject,
    'dev.config.ts': `console.log('running');\n${rest}\nawait new Promise((resolve) => setTimeout(resolve, 1e8));\nexport default {};\n`,
  });
  places.push(place);
  return place;
}

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s', (signal, expected) => {
  it(`ends a command in order, with ${expected}`, async () => {
    const { child, ended } = startKdev(endlessProject(), 'watch');
    await heard(child.stderr, 'running');
    child.kill(signal);
    const { code, stderr } = await ended;
    expect(code).toBe(expected);
    expect(stderr).not.toContain('✗');
  });
});

it('the end by a signal is the last event with --json', async () => {
  const { child, ended } = startKdev(endlessProject(), 'watch', '--json');
  await heard(child.stderr, 'running');
  child.kill('SIGINT');
  const { stdout } = await ended;
  const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown;
  expect(last).toMatchObject({ event: 'end', exitCode: 130, reason: 'ended by SIGINT' });
});

it('a second Ctrl-C ends at once what the first one cannot end', async () => {
  // A loop that never yields keeps the first signal's abort from being heard; the second is not waited for either,
  // so the loop lets the process look at its signals, but never comes back.
  const spin = 'const spin = () => setImmediate(spin); spin();\nprocess.removeAllListeners("SIGTERM");';
  const { child, ended } = startKdev(endlessProject(spin), 'watch');
  await heard(child.stderr, 'running');
  child.kill('SIGINT');
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
});

it.each([
  ['by the shell and by the kernel', 'SIGHUP'],
  ['by the output that takes no more, and then by the kernel', 'SIGPIPE'],
] as const)('a window that is closed, told %s, ends in order', (_, first) => {
  const process = new EventEmitter() as NodeJS.Process;
  const ends: number[] = [];
  const { signal, abort } = listenForInterruption(process, (exitCode) => ends.push(exitCode));
  abort(first);
  process.emit('SIGHUP', 'SIGHUP');
  expect(signal.reason).toMatchObject({ signalName: first });
  expect(ends).toEqual([]);
  process.emit('SIGTERM', 'SIGTERM');
  expect(ends).toEqual([143]);
});
