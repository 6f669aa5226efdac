import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Program } from './program.ts';
import { temporaryDirs } from './temporary.ts';
import { until } from './until.ts';

const temporaryDir = temporaryDirs();
const servers: Server[] = [];
const programs: Program[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.process.kill('SIGKILL');
    await program.ended;
  }
  for (const server of servers.splice(0)) server.close();
});

async function listen(socketPath: string, serve: (socket: Socket) => void): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, serve);
  servers.push(server);
  server.listen(socketPath);
  await once(server, 'listening');
}

async function relay(socketPath: string): Promise<Program> {
  const program = await Program.start(['relay', socketPath]);
  programs.push(program);
  return program;
}

test('what goes in comes out at the socket and back, byte for byte, and the end of input is handed on alone', async () => {
  const socketPath = path.join(await temporaryDir(), 's');
  await listen(socketPath, (socket) => {
    // Answers only after the end of input: the other direction must still be open then.
    const received: Buffer[] = [];
    socket.on('data', (data) => received.push(data));
    socket.on('end', () => socket.end(Buffer.concat(received)));
  });
  const program = await relay(socketPath);
  const hash = createHash('sha256');
  program.process.stdout?.on('data', (data) => hash.update(data));
  const content = randomBytes(5_000_000);
  program.process.stdin?.end(content);
  expect((await program.ended).code).toBe(0);
  expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
});

test('each message is handed on without waiting for more', async () => {
  const socketPath = path.join(await temporaryDir(), 's');
  await listen(socketPath, (socket) => socket.on('data', (data) => socket.write(`<${data}>`)));
  const program = await relay(socketPath);
  program.process.stdin?.write('a');
  await until('the first answer', () => program.stdout === '<a>');
  program.process.stdin?.write('bc');
  await until('the second answer', () => program.stdout === '<a><bc>');
});

test('the relay ends when the socket does, though its input is still open', async () => {
  const socketPath = path.join(await temporaryDir(), 's');
  await listen(socketPath, (socket) => socket.end('farewell'));
  const program = await relay(socketPath);
  expect(await program.ended).toMatchObject({ code: 0, stdout: 'farewell' });
});

test('an agent that is still starting is waited for', async () => {
  const socketPath = path.join(await temporaryDir(), 's');
  const program = await relay(socketPath);
  await listen(socketPath, (socket) => socket.end('here now'));
  expect(await program.ended).toMatchObject({ code: 0, stdout: 'here now' });
});

test('a socket that nobody answers is told after a while, exit 3', async () => {
  const socketPath = path.join(await temporaryDir(), 's');
  const program = await relay(socketPath);
  expect(await program.ended).toMatchObject({
    code: 3,
    stderr: `restarter: could not connect to ${socketPath}: no such file or directory\n`,
  });
});
