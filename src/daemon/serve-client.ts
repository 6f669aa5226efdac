import type { Socket } from 'node:net';
import { KdevError } from '../core/error.ts';
import { cancelMethod, errorFacts, type Greeting, parseLine, type Response } from './messages.ts';
import { readLines } from './read-lines.ts';

/**
 * Answers one method; `push` sends a part of the answer ahead. `signal` aborts when nobody waits for the answer any
 * more.
 */
export type Handler = (
  params: unknown,
  signal: AbortSignal,
  push: (part: unknown) => void,
) => Promise<unknown>;

/** A client that reads so slowly that this much waits for it is cut off, bytes. */
const maxUnread = 64 * 1024 * 1024;

/** Greets one client and answers its calls until it goes. */
export function serveClient(
  socket: Socket,
  greeting: Greeting,
  handlers: Readonly<Record<string, Handler>>,
): void {
  const calls = new Map<number, AbortController>();
  const send = (message: Greeting | Response): void => {
    if (socket.writableLength > maxUnread) socket.destroy();
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
  };
  // A client that goes in the middle of an answer is no trouble of the daemon's.
  socket.on('error', () => undefined);
  socket.once('close', () => {
    for (const call of calls.values()) call.abort(callCancelled());
  });
  send(greeting);
  readLines(socket, (line) => {
    const { id, method, params } = parseLine(line) ?? {};
    if (typeof id !== 'number' || typeof method !== 'string') {
      socket.destroy();
      return;
    }
    if (method === cancelMethod) {
      calls.get(Number((params as { readonly id?: unknown } | null)?.id))?.abort(callCancelled());
      send({ id, result: null });
      return;
    }
    const call = new AbortController();
    calls.set(id, call);
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
    const answer = handler
      ? handler(params, call.signal, (part) => send({ id, part }))
      : Promise.reject(unknownMethod(method, greeting));
    answer
      .then(
        (result) => send({ id, result: result ?? null }),
        (error: unknown) => send({ id, error: errorFacts(error) }),
      )
      .finally(() => calls.delete(id));
  });
}

function unknownMethod(method: string, { version }: Greeting): KdevError {
  return new KdevError({
    code: 'daemon-outdated',
    fault: 'user',
    what: `The running kdev watch (version ${version}) does not know "${method}".`,
    cure: 'End it and start it again with the kdev that you called just now.',
  });
}

function callCancelled(): KdevError {
  return new KdevError({
    code: 'call-cancelled',
    fault: 'user',
    what: 'Nobody waits for the answer any more.',
  });
}
