import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makePlace, type Place, repository, runKdev, smallProject } from './kdev-command.ts';

const places: Place[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

/** A project whose configuration never comes to an end, in a kdev that something goes wrong in meanwhile. */
function disturbed(disturbance: string): Place {
  const place = makePlace({
    ...smallProject,
    'dev.config.ts': `process.emit('begun');\nawait new Promise((resolve) => setTimeout(resolve, 1e8));\nexport default {};\n`,
  });
  places.push(place);
  const late = `process.once('begun', () => setTimeout(() => { ${disturbance} }, 0));`;
  const preload = `--import=data:text/javascript,${encodeURIComponent(late)}`;
  return { ...place, env: { ...place.env, NODE_OPTIONS: preload } };
}

const stack = /^ {4,}at \S/m;

describe('what nobody foresaw', () => {
  it.each([
    ['an error that is thrown where nobody catches', "throw new TypeError('the moon')", 'the moon'],
    ['a text that is thrown', "throw 'the sun'", 'the sun'],
    ['nothing that is thrown', 'throw undefined', 'undefined'],
    ['a promise that is rejected', "Promise.reject(new RangeError('the stars'))", 'the stars'],
    ['a promise that is rejected with no error', "Promise.reject({ code: 'mars' })", 'mars'],
  ])('%s is told as a bug, without its stack', async (_, disturbance, words) => {
    const { code, stderr } = await runKdev(disturbed(disturbance), 'status');
    expect(stderr).toContain('This is a bug in kdev.');
    expect(stderr).toContain(words);
    expect(stderr).toContain('--verbose');
    expect(stderr).not.toMatch(stack);
    expect(code).toBe(70);
  });

  it('is told with its stack with --verbose', async () => {
    const { code, stderr } = await runKdev(
      disturbed("throw new TypeError('the moon')"),
      'status',
      '--verbose',
    );
    expect(stderr).toContain('TypeError: the moon');
    expect(stderr).toMatch(stack);
    expect(code).toBe(70);
  });

  it('is an event with --json', async () => {
    const { stdout } = await runKdev(disturbed("throw new TypeError('the moon')"), 'up', '--json');
    expect(stdout).toContain('"code":"bug"');
  });
});

it('an error that a person can cause has no stack, and one with --verbose', async () => {
  const place = makePlace({ ...smallProject, 'dev.config.ts': "throw new Error('my own');\n" });
  places.push(place);
  expect((await runKdev(place, 'status')).stderr).not.toMatch(stack);
  expect((await runKdev(place, 'status', '--verbose')).stderr).toMatch(stack);
});

it.each(['2>&1 | true', '| true', '2>&- ', '>&- 2>&-'])(
  'a reader that has gone (%s) is no reason to complain',
  (redirection) => {
    const place = makePlace(smallProject);
    places.push(place);
    const kdev = path.join(repository, 'bin', 'kdev');
    const line = `${kdev} status --env nowhere ${redirection}; ${kdev} --help ${redirection}`;
    const { stdout, stderr } = spawnSync('sh', ['-c', line], {
      cwd: place.root,
      env: place.env,
      encoding: 'utf8',
    });
    expect(stdout + stderr).not.toMatch(stack);
  },
);
