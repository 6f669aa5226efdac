import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeApiServer {
  readonly url: string;
  readonly http: Server;
  /** A kubeconfig for it. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** A plain HTTP server that answers as a test says, for what a real API server cannot be made to do at will. */
export async function startFakeApiServer(options: {
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** The kubeconfig's user. @default a fixed token */
  readonly user?: object;
}): Promise<FakeApiServer> {
  const listener: RequestListener = (request, response) => options.answer(request, response);
  const http = createServer(listener);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const kubeconfig = JSON.stringify({
    clusters: [{ name: 'fake', cluster: { server: url } }],
    users: [{ name: 'fake', user: options.user ?? { token: 'secret' } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    'current-context': 'fake',
  });
  return {
    url,
    http,
    kubeconfig,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

export function answerJson(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
