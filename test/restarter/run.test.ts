import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { descendantsOf, isAlive, killIfThere, runsBelow } from './processes.ts';
import { Program, runProgram } from './program.ts';
import { restarterBinary } from './restarter-binary.ts';
import { temporaryDirs } from './temporary.ts';
import { until } from './until.ts';

const temporaryDir = temporaryDirs();
const programs: Program[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) {
    const below = program.process.exitCode === null ? await descendantsOf(program.pid) : [];
    program.process.kill('SIGKILL');
    for (const pid of below) killIfThere(pid);
    await program.ended;
  }
});

async function start(...args: readonly string[]): Promise<Program> {
  const program = await Program.start(args);
  programs.push(program);
  return program;
}

async function pidIn(file: string): Promise<number> {
  return until(`a pid in ${file}`, async () => {
    const text = await readFile(file, 'utf8').catch(() => '');
    return /^\d+\n$/.test(text) && Number(text);
  });
}

test.each([
  ['exit 0', 0],
  ['exit 42', 42],
  ['kill -TERM $$', 143],
])('run ends with the code of its command: %s → %d', async (script, code) => {
  expect((await runProgram('run', '--', 'sh', '-c', script)).code).toBe(code);
});

test('the command has the streams of run', async () => {
  const program = await start('run', '--', 'sh', '-c', 'read line; echo "got $line"; echo oops >&2');
  program.process.stdin?.end('a line\n');
  expect(await program.ended).toEqual({ code: 0, signal: null, stdout: 'got a line\n', stderr: 'oops\n' });
});

test('a command that is not there is told, exit 127; one that may not run, exit 126', async () => {
  expect(await runProgram('run', '--', '/no/such/command')).toMatchObject({
    code: 127,
    stderr: 'restarter: there is no file /no/such/command\n',
  });
  expect((await runProgram('run', '--', '/etc/passwd')).code).toBe(126);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s reaches the command', async (signal) => {
  const program = await start(
    'run',
    '--',
    'sh',
    '-c',
    `trap 'exit 9' ${signal.slice(3)}; echo up; while :; do sleep 0.02; done`,
  );
  await until('the command is up', () => program.stdout.includes('up'));
  program.process.kill(signal);
  expect((await program.ended).code).toBe(9);
});

test('a signal reaches the whole job, not only its shell', async () => {
  const program = await start(
    'run',
    '--',
    'sh',
    '-c',
    "trap ':' INT; echo up; sleep 1000; echo woke; exit 4",
  );
  await until('the shell waits for its command', () => runsBelow(program.pid, 'sleep'));
  program.process.kill('SIGINT');
  expect(await program.ended).toMatchObject({ code: 4, stdout: 'up\nwoke\n' });
});

const stubborn = (file: string) =>
  `(setsid sh -c "trap '' TERM; echo \\$\\$ > ${file}; while :; do sleep 0.05; done" >/dev/null 2>&1 &); exec sleep 1000`;

test('when nobody reads the output any more, the command and all its descendants end', async () => {
  const file = path.join(await temporaryDir(), 'stray');
  const program = await start('run', '--', 'sh', '-c', stubborn(file));
  const stray = await pidIn(file);
  program.process.stdout?.destroy();
  expect((await program.ended).code).toBe(143);
  expect(await isAlive(stray)).toBe(false);
});

test('with --until-eof the end of the input ends everything', async () => {
  const file = path.join(await temporaryDir(), 'stray');
  const program = await start('run', '--until-eof', '--', 'sh', '-c', stubborn(file));
  const stray = await pidIn(file);
  program.process.stdin?.end('ignored');
  expect((await program.ended).code).toBe(143);
  expect(await isAlive(stray)).toBe(false);
});

test('with --until-eof the command’s own input is empty', async () => {
  const program = await start('run', '--until-eof', '--', 'cat');
  program.process.stdin?.write('not for cat\n');
  expect(await program.ended).toMatchObject({ code: 0, stdout: '' });
});

test('with --until-eof a Ctrl-C in the input is INT for the command, and leaves nothing of it', async () => {
  const file = path.join(await temporaryDir(), 'stray');
  const script = `trap 'echo heard; exit 5' INT; ${stubborn(file).replace('exec sleep 1000', 'echo up; while :; do sleep 0.02; done')}`;
  const program = await start('run', '--until-eof', '--', 'sh', '-c', script);
  const stray = await pidIn(file);
  await until('the command is up', () => program.stdout.includes('up'));
  program.process.stdin?.write('\u0003');
  expect(await program.ended).toMatchObject({ code: 5, stdout: 'up\nheard\n' });
  expect(await isAlive(stray)).toBe(false);
});

test('a Ctrl-C in the input of a lifeline is INT for the command of its id, and leaves nothing of it', async () => {
  const file = path.join(await temporaryDir(), 'stray');
  const id = `id-of-${process.pid}`;
  const script = stubborn(file).replace('exec sleep 1000', 'echo up; exec sleep 1000');
  const program = await start('run', '--id', id, '--', 'sh', '-c', script);
  const stray = await pidIn(file);
  await until('the command is up', () => program.stdout.includes('up'));
  const lifeline = await start('lifeline', id);
  lifeline.process.stdin?.write('\u0003');
  expect((await program.ended).code).toBe(130);
  expect(await isAlive(stray)).toBe(false);
  lifeline.process.stdin?.end();
  expect((await lifeline.ended).code).toBe(0);
});

test('without --until-eof the end of the input ends nothing', async () => {
  const program = await start('run', '--', 'sh', '-c', 'cat; echo read it all; exit 6');
  program.process.stdin?.end('text\n');
  expect(await program.ended).toMatchObject({ code: 6, stdout: 'text\nread it all\n' });
});

test('what a command leaves in the background on purpose stays when the command ends', async () => {
  const file = path.join(await temporaryDir(), 'daemon');
  const daemon = `setsid sh -c 'echo $$ > ${file}; exec sleep 1000' >/dev/null 2>&1 &`;
  const program = await start(
    'run',
    '--',
    'sh',
    '-c',
    `${daemon} while ! [ -s ${file} ]; do sleep 0.01; done; exit 3`,
  );
  expect((await program.ended).code).toBe(3);
  const pid = await pidIn(file);
  expect(await isAlive(pid)).toBe(true);
  killIfThere(pid);
});

/** `script` of Debian's bsdutils runs a command line on a pseudo-terminal and passes its input and exit code on. */
async function onTerminal(...args: readonly string[]): Promise<Program> {
  const quoted = [await restarterBinary(), ...args].map((arg) => `'${arg}'`).join(' ');
  const program = Program.around(spawn('script', ['-qec', quoted, '/dev/null'], { stdio: 'pipe' }));
  programs.push(program);
  return program;
}

test('on a terminal the command reads from it and may control its own jobs', async () => {
  const program = await onTerminal(
    'run',
    '--',
    'sh',
    '-c',
    'echo up; read line </dev/tty; echo "got $line"; exit 4',
  );
  await until('the command is up', () => program.stdout.includes('up'));
  program.process.stdin?.write('a line\n');
  const { code, stdout } = await program.ended;
  expect(code).toBe(4);
  expect(stdout).toContain('got a line');
});

test('Ctrl-C on a terminal interrupts the command', async () => {
  const program = await onTerminal('run', '--', 'sh', '-c', 'echo up; exec sleep 1000');
  await until('the command is up', () => program.stdout.includes('up'));
  program.process.stdin?.write('\u0003');
  expect((await program.ended).code).toBe(130);
});

test('a terminal that is gone ends the command and all its descendants', async () => {
  const file = path.join(await temporaryDir(), 'stray');
  const program = await onTerminal('run', '--', 'sh', '-c', stubborn(file).replaceAll("'", `'"'"'`));
  const stray = await pidIn(file);
  program.process.kill('SIGKILL');
  await until('the stray process ends', async () => !(await isAlive(stray)));
});
