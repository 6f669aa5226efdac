import { Agent, request } from 'node:https';
import { parse } from 'yaml';

interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** The few calls that making a box needs; the cluster port proper is elsewhere. */
export interface ApiClient {
  /** @throws Error when no answer comes: refused, reset, or after 5 s. */
  get(path: string): Promise<ApiAnswer>;
  /** Server-side apply. @throws as `get` does. */
  apply(path: string, object: object): Promise<ApiAnswer>;
  close(): void;
}

const timeoutMs = 5_000;

export function apiClient(kubeconfig: string): ApiClient {
  const parsed = parse(kubeconfig) as {
    clusters: [{ cluster: Record<string, string> }];
    users: [{ user: Record<string, string> }];
  };
  const { cluster } = parsed.clusters[0];
  const { user } = parsed.users[0];
  const decode = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  });
  const call = (method: string, path: string, body?: string): Promise<ApiAnswer> =>
    new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/apply-patch+yaml' };
      const url = new URL(path, cluster['server']);
      const outgoing = request(url, { method, agent, headers, timeout: timeoutMs }, (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text }));
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return {
    get: (path) => call('GET', path),
    apply: (path, object) =>
      call('PATCH', `${path}?fieldManager=kdev-box&force=true`, JSON.stringify(object)),
    close: () => agent.destroy(),
  };
}
