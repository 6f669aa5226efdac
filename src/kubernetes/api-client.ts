import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { ApiAction } from './api-action.ts';
import { answeredError, readStatus, unreachableError } from './api-error.ts';
import type { CredentialStore, Credentials } from './credentials.ts';
import { createWake, type Wake } from './wake.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the server's address, beginning with `/`. */
  readonly path: string;
  readonly query?: ApiQuery;
  readonly body?: unknown;
  /** @default application/json */
  readonly contentType?: string;
  readonly action: ApiAction;
  readonly signal?: AbortSignal | undefined;
  /** How long the response's head may take, ms; 0 = as long as it likes (a log nobody writes to). @default 60 000 */
  readonly answerMs?: number;
  /** How long the network may take to reach the server at all, before TLS, ms. @default that of the whole connection */
  readonly reachMs?: number | undefined;
}

export type ApiQuery = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Speaks HTTP to one API server. Every failure is a `KdevError`, except an abort, which rejects with its reason. */
export interface ApiClient {
  readonly server: string;
  readonly credentials: CredentialStore;
  readonly wake: Wake;
  /** The address of a path, for other schemes (`ws`) too. */
  url(path: string, query?: ApiQuery): URL;
  /** The response once its head says 2xx; the caller consumes or destroys it. */
  request(request: ApiRequest): Promise<IncomingMessage>;
  json(request: ApiRequest): Promise<unknown>;
}

const connectMs = 10_000;
const defaultAnswerMs = 60_000;

export function createApiClient(options: {
  readonly server: string;
  readonly credentials: CredentialStore;
  /** For requests that bring none of their own. */
  readonly signal?: AbortSignal | undefined;
}): ApiClient {
  const { server, credentials } = options;
  const base = server.replace(/\/$/, '');

  const url = (path: string, query: ApiQuery = {}): URL => {
    const target = new URL(base + path);
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue;
      if (Array.isArray(value))
        for (const item of value as readonly string[]) target.searchParams.append(name, item);
      else target.searchParams.append(name, String(value));
    }
    return target;
  };

  const withSignal = (call: ApiRequest): ApiRequest => ({ ...call, signal: call.signal ?? options.signal });

  const request = async (asked: ApiRequest): Promise<IncomingMessage> => {
    const call = withSignal(asked);
    const held = await credentials.current();
    const first = await send(call, url(call.path, call.query), held, server);
    if (first.statusCode !== 401) return accept(first, call, server);
    first.resume();
    const renewed = await credentials.renew(held);
    return accept(await send(call, url(call.path, call.query), renewed, server), call, server);
  };

  const json = async (asked: ApiRequest): Promise<unknown> => {
    const call = withSignal(asked);
    const response = await request(call);
    try {
      return JSON.parse(await readText(response)) as unknown;
    } catch (cause) {
      call.signal?.throwIfAborted();
      throw unreachableError({ action: call.action, server, cause });
    }
  };

  return { server, credentials, wake: createWake(), url, request, json };
}

async function accept(response: IncomingMessage, call: ApiRequest, server: string): Promise<IncomingMessage> {
  const httpStatus = response.statusCode ?? 0;
  if (httpStatus >= 200 && httpStatus < 300) return response;
  const status = readStatus(await readText(response).catch(() => ''));
  throw answeredError({ action: call.action, server, httpStatus, status });
}

export async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function send(
  call: ApiRequest,
  target: URL,
  credentials: Credentials,
  server: string,
): Promise<IncomingMessage> {
  try {
    return await sendOnce(call, target, credentials);
  } catch (cause) {
    call.signal?.throwIfAborted();
    // A kept connection that the server closed just now says nothing about the server; only a POST may not go twice.
    if (call.method !== 'POST' && (cause as { staleConnection?: boolean }).staleConnection) {
      try {
        return await sendOnce(call, target, credentials);
      } catch (second) {
        call.signal?.throwIfAborted();
        throw unreachableError({ action: call.action, server, cause: second });
      }
    }
    throw unreachableError({ action: call.action, server, cause });
  }
}

function sendOnce(call: ApiRequest, target: URL, credentials: Credentials): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    const request = (target.protocol === 'http:' ? http : https).request(target, {
      method: call.method,
      agent: credentials.agent,
      signal: call.signal,
      headers: {
        ...credentials.headers,
        accept: 'application/json, */*',
        'user-agent': 'kdev',
        ...(body && {
          'content-type': call.contentType ?? 'application/json',
          'content-length': body.length,
        }),
      },
    });
    const timers: NodeJS.Timeout[] = [];
    const stop = (): void => {
      for (const timer of timers) clearTimeout(timer);
    };
    const expire = (ms: number): NodeJS.Timeout => {
      const timer = setTimeout(() => {
        request.destroy(Object.assign(new Error(`no answer after ${ms} ms`), { code: 'ETIMEDOUT' }));
      }, ms);
      timers.push(timer);
      return timer;
    };
    const answerMs = call.answerMs ?? defaultAnswerMs;
    if (answerMs > 0) expire(answerMs);
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = expire(connectMs);
      if (call.reachMs !== undefined) {
        const reach = expire(call.reachMs);
        socket.once('connect', () => clearTimeout(reach));
      }
      socket.once(target.protocol === 'http:' ? 'connect' : 'secureConnect', () => clearTimeout(timer));
    });
    request.once('response', (response) => {
      stop();
      // The kernel notices a vanished peer of a quiet watch within about 15 s.
      response.socket.setKeepAlive(true, 5_000);
      resolve(response);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      stop();
      const cut = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      reject(request.reusedSocket && cut ? Object.assign(error, { staleConnection: true }) : error);
    });
    request.end(body);
  });
}
