import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { ApiAction } from './api-action.ts';
import { type ApiClient, type ApiQuery, readText } from './api-client.ts';
import { answeredError, readStatus, unreachableError } from './api-error.ts';
import type { Credentials } from './credentials.ts';

const handshakeMs = 30_000;

interface Refusal {
  readonly httpStatus: number;
  readonly body: string;
}

/**
 * Opens a websocket to the API server. It comes back paused, so that no message is lost before the caller listens:
 * attach listeners, then `resume()`.
 */
export async function openWebSocket(
  client: ApiClient,
  options: {
    readonly path: string;
    readonly query: ApiQuery;
    readonly protocols: readonly string[];
    readonly action: ApiAction;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<WebSocket> {
  const { action, signal } = options;
  const target = client.url(options.path, options.query);
  target.protocol = target.protocol === 'http:' ? 'ws:' : 'wss:';
  let credentials = await client.credentials.current();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    let outcome: WebSocket | Refusal;
    try {
      outcome = await dial(target, options.protocols, credentials, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      // A kept connection may have been closed by the server just now; a new one tells.
      if (attempt === 1 && (cause as NodeJS.ErrnoException).code === 'ECONNRESET') continue;
      throw unreachableError({ action, server: client.server, cause });
    }
    if (outcome instanceof WebSocket) return outcome;
    if (outcome.httpStatus !== 401 || attempt > 1) {
      const status = readStatus(outcome.body);
      throw answeredError({ action, server: client.server, httpStatus: outcome.httpStatus, status });
    }
    credentials = await client.credentials.renew(credentials);
  }
}

function dial(
  target: URL,
  protocols: readonly string[],
  credentials: Credentials,
  signal: AbortSignal | undefined,
): Promise<WebSocket | Refusal> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(target, [...protocols], {
      agent: credentials.agent,
      headers: { ...credentials.headers, 'user-agent': 'kdev' },
      perMessageDeflate: false,
      handshakeTimeout: handshakeMs,
    });
    const onAbort = (): void => socket.terminate();
    signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (finish: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    socket.once('open', () => {
      socket.pause();
      settle(() => resolve(socket));
    });
    socket.once('unexpected-response', (request, response: IncomingMessage) => {
      readText(response)
        .catch(() => '')
        .then((body) => {
          request.destroy();
          settle(() => resolve({ httpStatus: response.statusCode ?? 0, body }));
        }, reject);
    });
    // Stays for the socket's life: after an error `ws` always closes, and whoever uses the socket listens to that.
    socket.on('error', (error) => settle(() => reject(error)));
  });
}
