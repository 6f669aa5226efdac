import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import { dialDaemon } from './call-daemon.ts';
import { daemonProtocol, type Greeting } from './messages.ts';
import type { Handler } from './serve-client.ts';
import { type DaemonServer, serveDaemon } from './serve-daemon.ts';
import { socketPath } from './socket-path.ts';

const greeting: Greeting = {
  kdev: daemonProtocol,
  version: '0.1.0',
  pid: 4711,
  since: '2026-01-02T03:04:05.000Z',
  root: '/shop',
  environment: 'local',
  services: ['adder'],
};

let folder: string;
let file: string;
const servers: DaemonServer[] = [];
const strangers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kdev-daemon-'));
  file = path.join(folder, 'run', 'a.sock');
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  for (const server of strangers.splice(0)) await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

async function serve(handlers: Readonly<Record<string, Handler>> = {}): Promise<DaemonServer> {
  const server = await serveDaemon({ path: file, greeting, handlers });
  servers.push(server);
  return server;
}

async function dial() {
  const client = await dialDaemon(file);
  if (!client) throw new Error('nobody listens');
  return client;
}

function listenRaw(onLine: string): Promise<void> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      if (onLine !== '') socket.write(onLine);
    });
    strangers.push(server);
    server.listen(file, resolve);
  });
}

describe('a daemon', () => {
  it('greets whoever connects and answers calls in any order', async () => {
    let release: (value: string) => void = () => undefined;
    await serve({
      slow: () => new Promise((resolve) => (release = resolve)),
      echo: async (params) => ({ said: params }),
    });
    const client = await dial();
    expect(client.greeting).toEqual(greeting);
    const slow = client.call('slow');
    expect(await client.call('echo', ['x'])).toEqual({ said: ['x'] });
    release('at last');
    expect(await slow).toBe('at last');
    client.close();
  });

  it('hands errors on with code, fault and cure', async () => {
    await serve({
      fail: async () => {
        throw new KdevError({ code: 'build-failed', fault: 'environment', what: 'No.', cure: 'Try.' });
      },
      bug: async () => {
        throw new TypeError('x is undefined');
      },
    });
    const client = await dial();
    await expect(client.call('fail')).rejects.toMatchObject({
      code: 'build-failed',
      fault: 'environment',
      cure: 'Try.',
    });
    await expect(client.call('bug')).rejects.toMatchObject({ code: 'bug', fault: 'kdev' });
    await expect(client.call('new-thing')).rejects.toMatchObject({ code: 'daemon-outdated' });
    await expect(client.call('toString')).rejects.toMatchObject({ code: 'daemon-outdated' });
    client.close();
  });

  it('tells a handler when its caller is gone', async () => {
    let aborted: () => void = () => undefined;
    const seen = new Promise<void>((resolve) => (aborted = resolve));
    let began: () => void = () => undefined;
    const beginning = new Promise<void>((resolve) => (began = resolve));
    await serve({
      wait: (_, signal) =>
        new Promise(() => {
          began();
          signal.addEventListener('abort', aborted);
        }),
    });
    const client = await dial();
    const answer = client.call('wait');
    await beginning;
    client.close();
    await expect(answer).rejects.toMatchObject({ code: 'daemon-gone' });
    await seen;
  });

  it('sends parts of an answer ahead of it, in order', async () => {
    await serve({
      count: async (_, __, push) => {
        for (const part of [1, 2, 3]) push(part);
        return 'done';
      },
    });
    const client = await dial();
    const parts: unknown[] = [];
    expect(await client.call('count', undefined, undefined, (part) => parts.push(part))).toBe('done');
    expect(parts).toEqual([1, 2, 3]);
    client.close();
  });

  it('tells a handler when its caller waits no longer, and goes on with the others', async () => {
    let ended: (why: unknown) => void = () => undefined;
    const end = new Promise<unknown>((resolve) => (ended = resolve));
    await serve({
      wait: (_, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            ended(signal.reason);
            reject(signal.reason as Error);
          }),
        ),
      echo: async (params) => params,
    });
    const client = await dial();
    const impatient = new AbortController();
    const waiting = client.call('wait', undefined, impatient.signal);
    await client.call('echo');
    impatient.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(await end).toMatchObject({ code: 'call-cancelled' });
    expect(await client.call('echo', 'still there')).toBe('still there');
    client.close();
  });

  it('is reached by this user alone', async () => {
    await serve();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  });

  it('cuts off who speaks something else and goes on', async () => {
    await serve({ echo: async (params) => params });
    const closed = await new Promise<boolean>((resolve) => {
      const socket = connect(file, () => socket.write('GET / HTTP/1.1\r\n\r\n'));
      socket.on('error', () => undefined);
      socket.resume().once('close', () => resolve(true));
    });
    expect(closed).toBe(true);
    const client = await dial();
    expect(await client.call('echo', 1)).toBe(1);
    client.close();
  });

  it('refuses a second one with pid and since when', async () => {
    await serve();
    await expect(serve()).rejects.toMatchObject({
      code: 'session-running',
      fault: 'user',
      why: 'It is process 4711, since 2026-01-02T03:04:05.000Z.',
      cure: expect.stringContaining('kill 4711'),
    });
  });

  it('lets only one of many that start at once begin', async () => {
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => serve()));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'session-running' });
    }
  });

  it('takes the place of one that was killed', async () => {
    const child = spawn(process.execPath, [
      '-e',
      `require('node:fs').mkdirSync(${JSON.stringify(path.dirname(file))});
       require('node:net').createServer().listen(${JSON.stringify(file)}, () => console.log('up'));`,
    ]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(statSync(file).isSocket()).toBe(true);
    expect(await dialDaemon(file)).toBeUndefined();
    await serve();
    (await dial()).close();
  });

  it('leaves nothing behind when it ends', async () => {
    const server = await serve();
    const client = await dial();
    const refused = expect(client.call('wait-for-ever')).rejects.toBeInstanceOf(KdevError);
    await server.close();
    servers.length = 0;
    await refused;
    expect(() => statSync(file)).toThrow('ENOENT');
  });
});

describe('a client', () => {
  it('finds nobody where there is no socket, or only a file', async () => {
    expect(await dialDaemon(file)).toBeUndefined();
    const plain = path.join(folder, 'plain');
    writeFileSync(plain, '');
    expect(await dialDaemon(plain)).toBeUndefined();
  });

  it('says so when the daemon is of another version', async () => {
    file = path.join(folder, 'b.sock');
    await listenRaw(`${JSON.stringify({ ...greeting, kdev: 99, version: '9.0.0' })}\n`);
    await expect(dialDaemon(file)).rejects.toMatchObject({
      code: 'daemon-outdated',
      what: expect.stringContaining('9.0.0'),
    });
  });

  it('stops waiting when it is told to', async () => {
    await serve({ wait: () => new Promise(() => undefined) });
    const client = await dial();
    const abort = new AbortController();
    const answer = client.call('wait', undefined, abort.signal);
    abort.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    client.close();
  });
});

describe('the path of the socket', () => {
  const base = {
    root: '/shop',
    environment: 'local',
    stateDir: '/home/a/.local/state/kdev',
    tmpDir: '/tmp',
    uid: 0,
  };
  const uid = process.getuid?.() ?? 0;

  it('lies in the runtime folder when that is this user’s', () => {
    expect(socketPath({ ...base, uid, env: { XDG_RUNTIME_DIR: folder } })).toMatch(
      new RegExp(`^${folder}/kdev/[0-9a-f]{16}\\.sock$`),
    );
    expect(socketPath({ ...base, uid: uid + 1, env: { XDG_RUNTIME_DIR: folder } })).toMatch(
      /^\/home\/a\/\.local\/state\/kdev\/run\//,
    );
    expect(socketPath({ ...base, env: { XDG_RUNTIME_DIR: '/nowhere' } })).toMatch(/^\/home\/a\//);
  });

  it('is never longer than the system allows', () => {
    const stateDir = `/${'deep/'.repeat(30)}`;
    expect(socketPath({ ...base, stateDir, env: {} })).toMatch(/^\/tmp\/kdev-0\/[0-9a-f]{16}\.sock$/);
  });

  it('differs by project and environment', () => {
    const paths = [
      socketPath({ ...base, env: {} }),
      socketPath({ ...base, root: '/other', env: {} }),
      socketPath({ ...base, environment: 'test', env: {} }),
    ];
    expect(new Set(paths).size).toBe(3);
  });
});
