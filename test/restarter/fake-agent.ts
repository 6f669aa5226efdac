import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { until } from './until.ts';

/** Any line the restarter writes; the tests read what they expect. */
export interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface AppLine {
  readonly state: string;
  readonly pid?: number;
  readonly exit?: { readonly code: number | null; readonly signal: string | null };
}

/** The agent's side of the restarter's socket. */
export class FakeAgent {
  /** Everything received, over all connections. */
  readonly lines: Line[] = [];
  readonly path: string;
  private server: Server | undefined;
  private socket: Socket | undefined;
  private lastId = 0;

  constructor(path: string) {
    this.path = path;
  }

  async listen(): Promise<void> {
    const server = createServer((socket) => {
      this.socket = socket;
      socket.on('error', () => socket.destroy());
      const lines = createInterface({ input: socket });
      lines.on('line', (text) => this.receive(JSON.parse(text)));
      // It repeats what its socket says; the socket's own listener has dealt with it.
      lines.on('error', () => lines.close());
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.path, resolve));
  }

  /** Goes away as a killed agent does: the connection breaks and nobody answers any more. */
  async vanish(): Promise<void> {
    this.socket?.destroy();
    this.socket = undefined;
    const server = this.server;
    this.server = undefined;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** Stops reading without closing the connection. */
  pause(): void {
    this.socket?.pause();
  }

  async registration(nth = 1): Promise<Line> {
    return until(`registration ${nth}`, () => this.lines.filter((line) => line.type === 'register')[nth - 1]);
  }

  /** The newest that was said about the app. */
  get app(): AppLine | undefined {
    return this.lines.findLast((line) => line['app'] !== undefined)?.['app'] as AppLine | undefined;
  }

  async state(state: string): Promise<AppLine> {
    return until(`the app is ${state}`, () => (this.app?.state === state ? this.app : undefined));
  }

  async request(type: string, fields: Record<string, unknown> = {}): Promise<Line> {
    this.lastId += 1;
    const id = this.lastId;
    this.send({ type, id, ...fields });
    return until(`the result of ${type}`, () =>
      this.lines.find((line) => line.type === 'result' && line['id'] === id),
    );
  }

  send(message: Record<string, unknown> | string): void {
    this.socket?.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  }

  private receive(line: Line): void {
    this.lines.push(line);
    if (line.type === 'register') this.send({ type: 'registered' });
  }
}
