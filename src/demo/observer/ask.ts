import { type Agent, get } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Asking {
  readonly port: number;
  /** With its query. */
  readonly path: string;
  /** @default a connection of its own */
  readonly agent?: Agent;
  /** @default 5000 */
  readonly timeoutMs?: number;
}

/** One HTTP GET to 127.0.0.1; rejects when no whole answer comes in time. */
export function ask(asking: Asking): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get(
      { host: '127.0.0.1', port: asking.port, path: asking.path, agent: asking.agent ?? false },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      },
    );
    request.setTimeout(asking.timeoutMs ?? 5_000, () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
  });
}
