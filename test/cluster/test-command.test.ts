import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { TestProcess } from '../testing/test-process.ts';
import { execIn, killContainer, podsOf, testCluster } from './cluster.ts';
import { type Finished, runKdev, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

// The first test has no session; all others share one watch over one replica.
let cluster: Cluster;
let project: TestProject;
let watching: Watching;

const config = `import { defineConfig } from 'kdev';

export default defineConfig({
  name: 'layer',
  manifests: 'k8s.yaml',
  services: {
    web: {
      sync: { app: '/srv/app' },
      restart: ['app/*.py'],
      tests: {
        message: 'cat message.txt',
        words: 'echo "$# words:"; printf "%s\\\\n"',
        program: { command: ['python3', '-c', 'import os; print(os.getcwd())'], cwd: '/tmp' },
        red: 'echo so far so good; echo but >&2; exit 3',
        crash: 'kill -SEGV $$',
        lint: { commands: ['exit 1', 'echo the second one runs'] },
        hangs: { command: 'python3 hang.py', timeoutMs: 10_000 },
        late: { command: 'sleep 600', timeoutMs: 1_500 },
        waits: 'python3 hang.py',
        gentle: 'python3 gentle.py',
        outdated: 'echo working; until grep -q four message.txt; do sleep 0.1; done; exit 1',
        missing: 'no-such-tool --check',
        'missing-program': ['no-such-tool', '--check'],
        hungry: 'python3 -c "bytearray(10**9)"',
        killed: 'kill -KILL $$',
        asks: 'read answer; echo "got $? $answer"',
      },
    },
  },
});
`;

/** Ignores what can be ignored, and has a child that left its session. */
const hang = `import os, signal, subprocess, sys, time
for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(name, signal.SIG_IGN)
subprocess.Popen(["sleep", "4242"], start_new_session=True)
print("hanging", flush=True)
time.sleep(4242)
`;

/** Takes its time for an orderly end. */
const gentle = `import signal, sys, time
def end(*_):
    time.sleep(0.3)
    print("cleaned up", flush=True)
    sys.exit(0)
signal.signal(signal.SIGINT, end)
print("working", flush=True)
while True:
    signal.pause()
`;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('layer', 'tests');
  await writeFile(path.join(project.dir, 'dev.config.ts'), config);
  await writeFile(path.join(project.dir, 'app', 'hang.py'), hang);
  await writeFile(path.join(project.dir, 'app', 'gentle.py'), gentle);
  const manifest = await readFile(path.join(project.dir, 'k8s.yaml'), 'utf8');
  await writeFile(
    path.join(project.dir, 'k8s.yaml'),
    manifest.replace('workingDir:', 'resources: { limits: { memory: 160Mi } }\n          workingDir:'),
  );
});

afterAll(async () => {
  await watching?.stop();
  await project?.remove();
});

function kdevTest(...args: readonly string[]): Promise<Finished> {
  const [own, rest] = args.includes('--')
    ? [args.slice(0, args.indexOf('--')), args.slice(args.indexOf('--'))]
    : [args, []];
  return runKdev(['test', ...own, ...project.flags, ...rest], { cwd: project.dir });
}

const begun: TestProcess[] = [];

function begin(...args: readonly string[]): TestProcess {
  const run = new TestProcess(project.dir, [...args, ...project.flags]);
  begun.push(run);
  return run;
}

afterEach(() => {
  for (const run of begun.splice(0)) run.signal('SIGKILL');
});

async function place() {
  const [pod] = await podsOf(cluster, project.namespace, 'web');
  return { namespace: project.namespace, pod: pod?.name ?? '', container: 'web' };
}

/** Whether something of a hanging suite is still there. */
async function hanging(): Promise<boolean> {
  const script = 'for file in /proc/[0-9]*/cmdline; do tr "\\0" " " < "$file"; echo; done 2>/dev/null; true';
  const lines = (await execIn(cluster, await place(), ['sh', '-c', script])).split('\n');
  return lines.some((line) => /^(python3 hang\.py|sleep 4242)/.test(line));
}

it('without a session it brings the service up first, tests, and leaves no session behind', async () => {
  const { exitCode, stdout } = await kdevTest('web', 'message');
  expect(stdout).toContain('\none\n');
  expect(stdout).toMatch(/message passed in .* web-/);
  expect(exitCode).toBe(0);
  const status = JSON.parse(
    (await runKdev(['status', '--json', ...project.flags], { cwd: project.dir })).stdout,
  );
  expect(status).toMatchObject({ session: null });
});

it('with a running watch it goes through that one, and a save just before is what it tests', async () => {
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
  for (const word of ['two', 'three']) {
    await project.save('app/message.txt', `${word}\n`);
    const { exitCode, stdout } = await kdevTest('message');
    expect(stdout).toContain(`\n${word}\n`);
    expect(stdout).not.toContain('rolling out');
    expect(exitCode).toBe(0);
  }
});

it('X4: a red suite ends with 1, and those after it run; its streams stay apart', async () => {
  const { exitCode, stdout, stderr } = await kdevTest('web', 'lint', 'red', 'message');
  expect(exitCode).toBe(1);
  expect(stderr).toBe('but\n');
  const lines = stdout.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d web /, ''));
  // In the order of the configuration, whatever the order on the command line.
  const wanted = [
    '→ message',
    'three',
    '✓ message passed',
    '→ red',
    'so far so good',
    '✗ red failed',
    '→ lint',
  ];
  let from = 0;
  for (const text of [...wanted, 'the second one runs', '✗ lint failed', '✗ 2 of 3 suites not passed']) {
    const found = lines.findIndex((line, index) => index >= from && line.startsWith(text));
    expect(found, `${text} in\n${stdout}`).toBeGreaterThanOrEqual(0);
    from = found;
  }
});

it('tells all of it as events, with replica and digest', async () => {
  const run = begin('web', 'message', 'red', 'crash');
  expect(await run.finished).toBe(1);
  const { pod } = await place();
  expect(run.of('test').map(({ ms: _, digest, ...facts }) => ({ ...facts, digest: digest.length }))).toEqual(
    [
      { suite: 'message', state: 'started' },
      { suite: 'message', state: 'passed', exitCode: 0 },
      { suite: 'red', state: 'started' },
      { suite: 'red', state: 'failed', exitCode: 3 },
      { suite: 'crash', state: 'started' },
      { suite: 'crash', state: 'failed', exitCode: 139, signal: 'SIGSEGV' },
    ].map((facts) => ({
      ...{ event: 'test', service: 'web', replica: pod, digest: 64, time: expect.any(String) as string },
      ...facts,
    })),
  );
  expect(run.of('log').map(({ suite, line, source }) => `${source} ${suite} ${line}`)).toEqual(
    expect.arrayContaining(['test message three', 'test red so far so good', 'test red but']),
  );
  expect(run.of('end')).toMatchObject([{ exitCode: 1 }]);
});

it('arguments after -- reach the one suite word by word, and a list needs no shell but for its folder', async () => {
  const { stdout, exitCode } = await kdevTest('words', '--', '-k', 'a b', '$HOME');
  expect(stdout).toContain('\n3 words:\n-k\na b\n$HOME\n');
  expect(exitCode).toBe(0);
  expect((await kdevTest('program')).stdout).toContain('\n/tmp\n');
  const several = await kdevTest('words', 'program', '--', '-k');
  expect(several.exitCode).toBe(2);
  expect(several.stderr).toContain('What stands after -- is for one suite');
});

it('a suite that asks something gets no answer and does not wait', async () => {
  expect((await kdevTest('asks')).stdout).toContain('\ngot 1 \n');
});

it('a tool that is not there is no verdict: 3, and what to do', async () => {
  for (const suite of ['missing', 'missing-program']) {
    const { exitCode, stdout, stderr } = await kdevTest(suite);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('could not run');
    expect(stderr).toContain('test-tool-missing');
    expect(stderr).toContain('no-such-tool');
    expect(stderr).toContain('Install the tool in the image');
  }
});

it('red stays red where another suite could not run', async () => {
  const run = begin('web', 'red', 'missing');
  expect(await run.finished).toBe(1);
  expect(run.states).toEqual(['red started', 'red failed', 'missing started', 'missing broken']);
  expect(run.of('problem')).toMatchObject([{ code: 'test-tool-missing', resolved: false }]);
});

it('at its time limit a hanging suite is ended in the container, with all that it started: red', async () => {
  const run = begin('hangs');
  await run.event('log', ({ line }) => line === 'hanging');
  expect(await hanging()).toBe(true);
  expect(await run.finished).toBe(1);
  expect(run.of('test').at(-1)).toMatchObject({
    state: 'stopped',
    reason: 'its time limit of 10 s is over',
  });
  expect(await hanging()).toBe(false);
});

it('--timeout is such a limit for every suite', async () => {
  const run = begin('gentle', '--timeout', '10s');
  expect(await run.finished).toBe(1);
  // INT comes first, and there is time to clean up.
  expect(run.of('log').map(({ line }) => line)).toEqual(['working', 'cleaned up']);
  expect(run.of('test').at(-1)).toMatchObject({ state: 'stopped', reason: 'its time limit of 10 s is over' });
});

it('Ctrl-C ends the suite in the container, and begins no other: 130', async () => {
  const run = begin('web', 'waits', 'message', 'gentle');
  await run.event('log', ({ line }) => line === 'hanging');
  run.signal('SIGINT');
  expect(await run.finished).toBe(130);
  expect(run.states).toEqual(['message started', 'message passed', 'waits started', 'waits stopped']);
  expect(await hanging()).toBe(false);
});

it('a second Ctrl-C, and KILL, end kdev at once; the suite ends all the same', async () => {
  for (const signals of [['SIGINT', 'SIGINT'], ['SIGKILL']] as const) {
    const run = begin('waits');
    await run.event('log', ({ line }) => line === 'hanging');
    for (const signal of signals) run.signal(signal);
    expect(await run.finished).toBe(signals.length === 2 ? 130 : -1);
    await vi.waitFor(async () => expect(await hanging()).toBe(false), { timeout: 60_000, interval: 200 });
  }
});

it('a save in between makes the verdict outdated, and says so', async () => {
  const run = begin('outdated');
  const mark = watching.events.length;
  await run.event('log', ({ line }) => line === 'working');
  await project.save('app/message.txt', 'four\n');
  await watching.event('synced', () => true, { from: mark });
  expect(await run.finished).toBe(1);
  expect(run.of('test').at(-1)).toMatchObject({ outdated: true });
});

it('a suite that takes more memory than there is is no verdict: 3, with the limit', async () => {
  const run = begin('hungry');
  expect(await run.finished).toBe(3);
  expect(run.of('test').at(-1)).toMatchObject({ state: 'broken' });
  expect(run.stderr).toContain('test-out-of-memory');
  expect(run.stderr).toContain('limit of 160 MiB');
});

it('a suite that somebody kills is no verdict either: 3, and not for want of memory', async () => {
  const run = begin('killed');
  expect(await run.finished).toBe(3);
  expect(run.stderr).toContain('test-killed');
});

it('a container that ends meanwhile is no verdict: 3; what comes after it waits for the new one', async () => {
  const run = begin('web', 'gentle', 'asks');
  await run.event('log', ({ line }) => line === 'working');
  await killContainer(cluster, await place());
  expect(await run.finished).toBe(3);
  expect(run.states).toEqual(['gentle started', 'gentle broken', 'asks started', 'asks passed']);
  expect(run.stderr).toContain('test-replica-gone');
});

it('a pod that is deleted meanwhile is no verdict: 3', async () => {
  const run = begin('gentle');
  await run.event('log', ({ line }) => line === 'working');
  const { pod, namespace } = await place();
  await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: pod, namespace });
  expect(await run.finished).toBe(3);
  expect(run.stderr).toContain(`The pod ${pod} was deleted`);
  const again = begin('message');
  expect(await again.finished).toBe(0);
  expect(again.of('test').at(-1)?.replica).not.toBe(pod);
});

it('--watch runs again after each save that reaches the service, and after no other', async () => {
  await project.save('app/message.txt', 'four\n');
  const run = begin('message', '--watch');
  const lines = () => run.of('log').map(({ line }) => line);
  await run.event('test', ({ state }) => state === 'passed');
  await writeFile(path.join(project.dir, 'notes.txt'), 'not synced\n');
  for (const word of ['five', 'six']) {
    const mark = run.events.length;
    await project.save('app/message.txt', `${word}\n`);
    await run.event('test', ({ state }) => state === 'passed', mark);
  }
  expect(lines()).toEqual(['four', 'five', 'six']);
  run.signal('SIGINT');
  expect(await run.finished).toBe(130);
});

it('writes a JUnit report of what passed, failed, was stopped and could not run', async () => {
  const file = path.join(project.dir, 'reports', 'kdev.xml');
  const names = ['message', 'red', 'late', 'missing'];
  const { exitCode } = await kdevTest('web', ...names, '--junit', 'reports/kdev.xml');
  expect(exitCode).toBe(1);
  const report = await readFile(file, 'utf8');
  expect(report).toMatch(
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="kdev" tests="4" failures="2" errors="1" skipped="0" /,
  );
  expect([...report.matchAll(/<testsuite name="([^"]*)"/g)].map(([, name]) => name)).toEqual(
    names.map((name) => `web.${name}`),
  );
  expect(report).toContain('<failure message="exit code 3"');
  expect(report).toContain('<failure message="its time limit of 1.5 s is over"');
  expect(report).toContain('type="test-tool-missing"');
  expect(report).toContain('<system-out>six\n</system-out>');
  const unwritable = await kdevTest('message', '--junit', '/proc/no/report.xml');
  expect(unwritable.exitCode).toBe(2);
  expect(unwritable.stderr).toContain('junit-unwritable');
});

it.each<[args: readonly string[], code: string, words: string]>([
  [['web', 'mesage'], 'suite-unknown', 'Did you mean message?'],
  [['wbe'], 'suite-unknown', 'It has: message'],
  [['message', '--replica', 'web-1'], 'replica-unknown', 'has no replica "web-1"'],
  [['message', '--timeout', 'soon'], 'usage', '--timeout takes a duration'],
])('cannot make sense of %j: %s', async (args, code, words) => {
  const { exitCode, stderr } = await kdevTest(...args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(code);
  expect(stderr).toContain(words);
});
