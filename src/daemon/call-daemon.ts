import { connect, type Socket } from 'node:net';
import { type ErrorFacts, KdevError } from '../core/error.ts';
import { cancelMethod, daemonProtocol, type Greeting, parseLine, type Request } from './messages.ts';
import { readLines } from './read-lines.ts';

/** A connection to the running `kdev watch` of a project. */
export interface DaemonClient {
  readonly greeting: Greeting;
  /**
   * Calls one method and resolves with its result as JSON.
   *
   * @param onPart takes what comes ahead of the result, in order
   * @throws KdevError as the daemon threw it; `daemon-gone` when it ended meanwhile; the signal's reason, and then the
   * daemon is told that nobody waits any more.
   */
  call(
    method: string,
    params?: unknown,
    signal?: AbortSignal,
    onPart?: (part: unknown) => void,
  ): Promise<unknown>;
  close(): void;
}

interface Call {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  onPart(part: unknown): void;
}

/** A daemon on this machine greets at once; one that does not is stuck. */
const greetingMs = 5_000;

/**
 * Connects to a daemon; undefined when none listens there: no socket, or one that its owner left behind.
 *
 * @throws KdevError `daemon-outdated` when it speaks another version of the protocol, `daemon-stuck` when it does
 * not answer.
 */
export async function dialDaemon(path: string): Promise<DaemonClient | undefined> {
  const socket = await open(path);
  return socket && greetBack(socket, path);
}

async function greetBack(socket: Socket, path: string): Promise<DaemonClient | undefined> {
  const waiting = new Map<number, Call>();
  let onGreeting: ((line: Readonly<Record<string, unknown>>) => void) | undefined;
  readLines(socket, (text) => {
    const line = parseLine(text);
    if (!line) return;
    if (onGreeting) {
      onGreeting(line);
      onGreeting = undefined;
      return;
    }
    const call = waiting.get(Number(line['id']));
    if ('part' in line) {
      call?.onPart(line['part']);
      return;
    }
    waiting.delete(Number(line['id']));
    if ('error' in line) call?.reject(new KdevError(line['error'] as ErrorFacts));
    else call?.resolve(line['result']);
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  void closed.then(() => {
    for (const call of waiting.values()) call.reject(gone());
  });
  let timer: NodeJS.Timeout | undefined;
  const greeting = await new Promise<unknown>((resolve, reject) => {
    onGreeting = resolve;
    void closed.then(() => resolve(undefined));
    timer = setTimeout(() => {
      reject(stuck(path));
      socket.destroy();
    }, greetingMs);
  }).finally(() => clearTimeout(timer));
  // It ended between the connection and the greeting.
  if (greeting === undefined) return undefined;
  if ((greeting as Greeting).kdev !== daemonProtocol) {
    socket.destroy();
    throw outdated(greeting as Greeting);
  }
  return { greeting: greeting as Greeting, call: callOver(socket, waiting), close: () => socket.destroy() };
}

function callOver(socket: Socket, waiting: Map<number, Call>): DaemonClient['call'] {
  let lastId = 0;
  const write = (request: Request): void => void socket.write(`${JSON.stringify(request)}\n`);
  return async (method, params, signal, onPart = () => undefined) => {
    signal?.throwIfAborted();
    if (socket.destroyed) throw gone();
    lastId += 1;
    const id = lastId;
    const cancel = (): void => {
      const call = waiting.get(id);
      waiting.delete(id);
      lastId += 1;
      if (!socket.destroyed) write({ id: lastId, method: cancelMethod, params: { id } });
      call?.reject(signal?.reason);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject, onPart });
        write({ id, method, params });
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  };
}

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED' || cause.code === 'ENOTSOCK') {
        resolve(undefined);
        return;
      }
      reject(
        new KdevError({
          code: 'socket-failed',
          fault: 'environment',
          what: `The socket ${path} of the running kdev watch cannot be used.`,
          why: `${cause.message}.`,
          cure: 'Run the command as the user who runs kdev watch.',
          cause,
        }),
      );
    });
  });
}

function gone(): KdevError {
  return new KdevError({
    code: 'daemon-gone',
    fault: 'environment',
    what: 'The running kdev watch ended before it answered.',
    cure: 'Run the command again.',
  });
}

function stuck(path: string): KdevError {
  return new KdevError({
    code: 'daemon-stuck',
    fault: 'kdev',
    what: `A kdev watch holds ${path} but does not answer.`,
    cure: 'End that process and start kdev watch again.',
  });
}

function outdated({ version, pid }: Greeting): KdevError {
  return new KdevError({
    code: 'daemon-outdated',
    fault: 'user',
    what: `The running kdev watch is of another version (${version}).`,
    cure: `End it (kill ${pid}) and start it again with the kdev that you called just now.`,
  });
}
