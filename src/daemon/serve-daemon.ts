import { rmSync } from 'node:fs';
import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { lockFile } from '../artifacts/file-lock.ts';
import { KdevError, messageOf } from '../core/error.ts';
import { dialDaemon } from './call-daemon.ts';
import type { Greeting } from './messages.ts';
import { type Handler, serveClient } from './serve-client.ts';

export interface DaemonServer {
  readonly path: string;
  /** Cuts every connection and removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens for other kdev commands of this project and environment. Only this user can connect: the folder has mode
 * 0700, the socket 0600. A socket that nobody answers on any more is replaced.
 *
 * @throws KdevError `session-running` with pid and since when, `socket-failed`.
 */
export async function serveDaemon(options: {
  readonly path: string;
  readonly greeting: Greeting;
  readonly handlers: Readonly<Record<string, Handler>>;
}): Promise<DaemonServer> {
  const { path: file, greeting, handlers } = options;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveClient(socket, greeting, handlers);
  });
  await prepareFolder(path.dirname(file));
  // An end at once leaves nothing behind either.
  const removeSocket = (): void => rmSync(file, { force: true });
  // Two that start together must not both find a dead socket and then remove each other's new one.
  const lock = await lockFile(`${file}.lock`);
  try {
    const other = await dialDaemon(file);
    if (other) {
      other.close();
      throw sessionRunning(other.greeting);
    }
    await rm(file, { force: true });
    await listen(server, file);
    process.on('exit', removeSocket);
    await chmod(file, 0o600);
  } finally {
    await lock.release();
  }
  return {
    path: file,
    close: async () => {
      process.off('exit', removeSocket);
      for (const socket of sockets) socket.destroy();
      // Closing also removes the socket's file.
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sessionRunning({ pid, since, environment, context, namespace }: Greeting): KdevError {
  const where = context === undefined ? '' : ` (context ${context}, namespace ${namespace})`;
  return new KdevError({
    code: 'session-running',
    fault: 'user',
    what: `kdev watch already runs on this project and the environment ${environment}${where}.`,
    why: `It is process ${pid}, since ${since}.`,
    cure: `Use that one (kdev status, kdev logs and kdev exec work beside it), or end it: kill ${pid}`,
  });
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { uid } = await stat(folder);
    if (uid !== process.getuid?.()) throw new Error(`it belongs to user ${uid}`);
    await chmod(folder, 0o700);
  } catch (cause) {
    throw socketFailed(folder, cause);
  }
}

function listen(server: Server, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(socketFailed(file, cause)));
    server.listen(file, resolve);
  });
}

function socketFailed(file: string, cause: unknown): KdevError {
  return new KdevError({
    code: 'socket-failed',
    fault: 'environment',
    what: `kdev cannot listen for other kdev commands in ${file}.`,
    why: `${messageOf(cause)}.`,
    cure: 'See that the folder belongs to you and can be written to, or set XDG_RUNTIME_DIR or KDEV_STATE_DIR to one that is.',
    cause,
  });
}
