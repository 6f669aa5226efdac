import type { Socket } from 'node:net';
import type { Clock } from '../../src/core/clock.ts';
import type { AppState } from '../../src/core/replica-facts.ts';
import { count, type Fields, fieldsOf, flag, listOf, oneOf, optional, text } from '../../src/wire/check.ts';
import { parseApp } from '../../src/wire/parse-agent-message.ts';
import type { Registration } from './registration.ts';

/** The answer of a restarter to one request. */
export type RestarterResult =
  | {
      readonly ok: true;
      readonly pid?: number;
      readonly oldPid?: number;
      readonly newPid?: number;
      readonly killed?: number;
      readonly ms?: number;
      /** Of a `run`. */
      readonly exitCode?: number;
      readonly timedOut?: boolean;
      readonly tail?: readonly string[];
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

export type RestarterRequest =
  | { readonly type: 'open' }
  | { readonly type: 'restart'; readonly graceMs: number }
  | { readonly type: 'run'; readonly command: readonly string[]; readonly timeoutMs: number };

export interface Restarter {
  readonly registration: Registration;
  readonly connected: boolean;
  /** Settles always: with `restarter-gone` when the connection ends, `restarter-silent` after the deadline. */
  request(
    request: RestarterRequest,
    deadlineMs: number,
    onOutput?: (line: string) => void,
  ): Promise<RestarterResult>;
}

/** One registered restarter's connection. */
export class RestarterLink implements Restarter {
  readonly registration: Registration;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #pending = new Map<number, (result: RestarterResult) => void>();
  readonly #output = new Map<number, (line: string) => void>();
  #lastId = 0;

  constructor(socket: Socket, registration: Registration, clock: Clock) {
    this.#socket = socket;
    this.registration = registration;
    this.#clock = clock;
    socket.once('close', () => {
      const result = {
        ok: false,
        code: 'restarter-gone',
        message: 'The container ended meanwhile.',
      } as const;
      for (const settle of [...this.#pending.values()]) settle(result);
    });
  }

  get connected(): boolean {
    return this.#socket.writable;
  }

  request(
    request: RestarterRequest,
    deadlineMs: number,
    onOutput?: (line: string) => void,
  ): Promise<RestarterResult> {
    this.#lastId += 1;
    const id = this.#lastId;
    if (onOutput !== undefined) this.#output.set(id, onOutput);
    return new Promise((resolve) => {
      const cancel = this.#clock.after(deadlineMs, () =>
        settle({
          ok: false,
          code: 'restarter-silent',
          message: `The restarter did not answer within ${deadlineMs} ms.`,
        }),
      );
      const settle = (result: RestarterResult): void => {
        cancel();
        this.#pending.delete(id);
        this.#output.delete(id);
        resolve(result);
      };
      this.#pending.set(id, settle);
      if (this.connected) this.#socket.write(`${JSON.stringify({ ...request, id })}\n`);
      else settle({ ok: false, code: 'restarter-gone', message: 'The container ended.' });
    });
  }

  /** What the restarter said after its registration; an `app` message is given back. @throws KdevError */
  receive(json: unknown): { readonly gate: 'shut' | 'open'; readonly app: AppState } | undefined {
    const from = fieldsOf(json, 'message');
    switch (from['type']) {
      case 'app':
        return { gate: oneOf(from, 'gate', ['shut', 'open']), app: parseApp(from, 'app') };
      case 'result':
        this.#pending.get(count(from, 'id'))?.(parseResult(from));
        return undefined;
      case 'output':
        this.#output.get(count(from, 'id'))?.(text(from, 'line'));
        return undefined;
      default:
        // A newer restarter may say more; docs/pod.md lets us ignore it.
        return undefined;
    }
  }
}

function parseResult(from: Fields): RestarterResult {
  if (from['ok'] === true) {
    return {
      ok: true,
      ...optional(from, 'pid', count),
      ...optional(from, 'oldPid', count),
      ...optional(from, 'newPid', count),
      ...optional(from, 'killed', count),
      ...optional(from, 'ms', (fields, name) => Number(fields[name]) || 0),
      ...optional(from, 'exitCode', count),
      ...optional(from, 'timedOut', flag),
      ...optional(from, 'tail', (fields, name) => listOf(fields, name, String)),
    };
  }
  return { ok: false, code: String(from['code']), message: String(from['message']) };
}
