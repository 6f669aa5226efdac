import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureDebianPackages } from '../../src/artifacts/debian-packages.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { until } from '../kubernetes/test-cluster.ts';
import { type BuildPlace, makeBuildPlace } from './build-place.ts';

const run = promisify(execFile);
const word = `word-of-${process.pid}-${Date.now()}`;
const other = `other-${word}`;

const secrets = { word: { file: '.word' }, other: { env: 'OTHER_WORD' } };

let place: BuildPlace;
let agent: { readonly socket: string; readonly pid: number };
const env: Record<string, string | undefined> = { PATH: process.env['PATH'], OTHER_WORD: other };

beforeAll(async () => {
  await ensureDebianPackages(['openssh-client'], { reporter: silentReporter });
  place = await makeBuildPlace('confidential', { machine: { env, home: '/nowhere' } });
  const socket = path.join(place.root, '.agent');
  const { stdout } = await run('ssh-agent', ['-a', socket]);
  agent = { socket, pid: Number(/SSH_AGENT_PID=(\d+)/.exec(stdout)?.[1]) };
  const key = path.join(place.root, '.key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `key ${word}`, '-f', key]);
  await run('ssh-add', [key], { env: { ...env, SSH_AUTH_SOCK: socket } });
  await place.write('.dockerignore', '.*\n');
  await place.write('.word', `${word}\n`);
  await place.write('Dockerfile', 'FROM python:3.11-slim\n');
  await place.build();
});
afterAll(async () => {
  process.kill(agent.pid);
  await place.remove();
});

/** As a Dockerfile may say it without having it. */
const spelled = (text: string) => `"$(printf %s ${[...text].join("''")})"`;

it('gives a step the secrets, and puts them nowhere: no layer, no argument, no file of the pod', async () => {
  await place.write(
    'Dockerfile',
    `FROM python:3.11-slim
RUN --mount=type=secret,id=word --mount=type=secret,id=other,env=OTHER \\
  test "$(cat /run/secrets/word)" = ${spelled(word)} && test "$OTHER" = ${spelled(other)} && echo both right; sleep 1000 || true
`,
  );
  const building = place.build({ secrets });
  building.catch(() => undefined);
  const processes = await until(async () => {
    const script = 'for f in /proc/[0-9]*/cmdline; do busybox tr "\\0" " " < $f; echo; done 2>/dev/null';
    const shown = await place.inBuilder('sh', '-c', script);
    return shown.includes('sleep 1000') ? shown : undefined;
  });
  await until(async () => {
    const script =
      'cd /proc; for p in [0-9]*; do [ "$(cat $p/comm 2>/dev/null)" = sleep ] && kill $p && echo ended; done; true';
    return (await place.inBuilder('sh', '-c', script)).includes('ended') || undefined;
  });
  expect(processes).toContain('--secret id=word,src=/proc/self/fd/');
  expect(processes).not.toContain(word);
  const { image, lines } = await building;
  expect(lines).toContain('both right');
  expect(JSON.stringify(image)).not.toContain(word);
  const dirs = ['/tmp', '/run', '/home', '/var/lib/kdev-builder'];
  expect(await place.filesWith(word, dirs)).toEqual([]);
});

it('blackens a secret that a step prints', async () => {
  await place.write(
    'Dockerfile',
    'FROM python:3.11-slim\nRUN --mount=type=secret,id=word cat /run/secrets/word; echo "it is $(cat /run/secrets/word)"; exit 7\n',
  );
  const failure = place.build({ secrets });
  await expect(failure).rejects.toMatchObject({
    code: 'build-failed',
    why: expect.stringContaining('it is ***'),
  });
  expect(place.said.lines).toEqual(expect.arrayContaining(['***', 'it is ***']));
  expect(JSON.stringify([place.said, await failure.catch((error: unknown) => String(error))])).not.toContain(
    word,
  );
});

it('does not count what is in a secret as an input, but that there is one', async () => {
  await place.write('Dockerfile', 'FROM python:3.11-slim\nRUN --mount=type=secret,id=word echo of secrets\n');
  const first = await place.build({ secrets: { word: { env: 'OTHER_WORD' } } });
  env['OTHER_WORD'] = `${other} again`;
  const second = await place.build({ secrets: { word: { env: 'OTHER_WORD' } } });
  env['OTHER_WORD'] = other;
  expect(second.image).toMatchObject({ built: false, inputs: first.image.inputs });
  expect((await place.build()).image.inputs).not.toBe(first.image.inputs);
});

it('says which secret is missing or too large', async () => {
  await place.write('Dockerfile', 'FROM python:3.11-slim\nRUN echo none\n');
  await place.write('.large', 'x'.repeat(600_000));
  await expect(place.build({ secrets: { a: { env: 'NOT_SET' } } }, { force: true })).rejects.toMatchObject({
    code: 'build-secret-missing',
    fault: 'user',
    why: 'The environment variable NOT_SET is not set.',
  });
  await expect(place.build({ secrets: { a: { file: 'none' } } }, { force: true })).rejects.toMatchObject({
    code: 'build-secret-missing',
  });
  await expect(place.build({ secrets: { a: { file: '.large' } } }, { force: true })).rejects.toMatchObject({
    code: 'build-secret-too-large',
  });
});

// Asks the agent for its keys, as `ssh-add -L` does, with what the base image has.
const listKeys = `import os, socket, struct
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ['SSH_AUTH_SOCK'])
s.sendall(b'\\x00\\x00\\x00\\x01\\x0b')
(size,) = struct.unpack('>I', s.recv(4, socket.MSG_WAITALL))
print('keys:', s.recv(size, socket.MSG_WAITALL)[1:].split(b'key ')[-1].decode())
`;

it('lets a step reach the ssh agent of this machine', async () => {
  await place.write('list.py', listKeys);
  await place.write(
    'Dockerfile',
    `FROM python:3.11-slim
COPY list.py /
RUN --mount=type=ssh python3 /list.py
RUN --mount=type=ssh,id=second python3 /list.py && python3 /list.py
RUN test -z "$SSH_AUTH_SOCK"
`,
  );
  env['SSH_AUTH_SOCK'] = agent.socket;
  const { lines } = await place.build({ ssh: ['default', 'second'] });
  expect(lines.filter((line) => line === `keys: ${word}`)).toHaveLength(3);
});

it('says that no ssh agent runs here', async () => {
  await place.write('Dockerfile', 'FROM python:3.11-slim\nRUN --mount=type=ssh echo nobody\n');
  env['SSH_AUTH_SOCK'] = undefined;
  await expect(place.build({ ssh: ['default'] })).rejects.toMatchObject({
    code: 'ssh-agent-missing',
    fault: 'user',
    why: 'SSH_AUTH_SOCK is not set.',
  });
});
