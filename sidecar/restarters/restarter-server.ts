import type { Socket } from 'node:net';
import type { Clock } from '../../src/core/clock.ts';
import { messageOf } from '../../src/core/error.ts';
import type { AppState } from '../../src/core/replica-facts.ts';
import { isRunning } from './process-facts.ts';
import { parseRegistration } from './registration.ts';
import { RestarterLink } from './restarter-link.ts';

/** Longest line a restarter may send, bytes: its `argv` can be as long as the kernel allows for an environment. */
const maxLineBytes = 4 * 1024 * 1024;
const registerMs = 5_000;

export interface RestarterHandlers {
  /** False refuses it: no such container is served, or another life of it is still there. */
  readonly attach: (link: RestarterLink) => boolean;
  readonly report: (
    link: RestarterLink,
    state: { readonly gate: 'shut' | 'open'; readonly app: AppState },
  ) => void;
  readonly detach: (link: RestarterLink) => void;
}

export interface RestarterConnectionOptions {
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly handlers: RestarterHandlers;
}

/** Serves one connection on the restarters' socket. Whatever is wrong with what it says ends just this connection. */
export function serveRestarter(socket: Socket, options: RestarterConnectionOptions): void {
  const { clock, log, handlers } = options;
  let link: RestarterLink | undefined;
  const cancelDeadline = clock.after(registerMs, () => socket.destroy());
  const end = (why: string): void => {
    log(`a restarter’s connection was closed: ${why}`);
    socket.destroy();
  };
  const receive = (line: string): void => {
    const json: unknown = JSON.parse(line);
    if (link !== undefined) {
      const state = link.receive(json);
      if (state !== undefined) handlers.report(link, state);
      return;
    }
    const registration = parseRegistration(json);
    const { pid, startTime } = registration.incarnation;
    if (!isRunning(registration.incarnation)) {
      end(`it says it is process ${pid}, started at ${startTime}; no such process runs`);
      return;
    }
    cancelDeadline();
    const candidate = new RestarterLink(socket, registration, clock);
    socket.write('{"type":"registered"}\n');
    if (handlers.attach(candidate)) link = candidate;
    else end(`container ${JSON.stringify(registration.container)} is not free`);
  };
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    try {
      if (rest.length > maxLineBytes) end('a line is too long');
      for (const line of lines) if (line !== '' && !socket.destroyed) receive(line);
    } catch (thrown) {
      end(messageOf(thrown));
    }
  });
  // A restarter that closes its side is gone; nothing it could still be told matters.
  socket.once('end', () => socket.destroy());
  socket.on('error', (error) => log(`a restarter’s connection failed: ${error.message}`));
  socket.once('close', () => {
    cancelDeadline();
    if (link !== undefined) handlers.detach(link);
  });
}
