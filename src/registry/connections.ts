import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';

/** A command that is done must not wait for connections that might have been used again, ms. */
const idleMs = 300;

/** Opens a connection that is no TCP connection of this machine's. */
export type Connect = () => Promise<Duplex>;

/** Connections by TCP; idle ones keep no process. */
export function tcpConnections(protocol: 'http:' | 'https:', insecure: boolean): http.Agent {
  return protocol === 'http:'
    ? new http.Agent({ keepAlive: true })
    : new https.Agent({ keepAlive: true, rejectUnauthorized: !insecure });
}

/** `k3d-registry.localhost:5000` → `localhost:5000`: both are this machine (RFC 6761), and every resolver knows one. */
export function dialledHost(host: string): string {
  return host.replace(/^[^:]*\.localhost(?=:|$)/, 'localhost');
}

/** Connections through something else, such as a port-forward; used again while they are quiet for a moment only. */
export class ForwardedConnections extends http.Agent {
  readonly #connect: Connect;
  readonly #timers = new WeakMap<Duplex, NodeJS.Timeout>();

  constructor(connect: Connect) {
    super({ keepAlive: true });
    this.#connect = connect;
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#connect().then(
      (stream) => callback?.(null, asSocket(stream)),
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
  }

  override keepSocketAlive(stream: Duplex): boolean {
    this.#timers.set(
      stream,
      setTimeout(() => stream.destroy(), idleMs),
    );
    return true;
  }

  override reuseSocket(stream: Duplex, request: http.ClientRequest): void {
    clearTimeout(this.#timers.get(stream));
    super.reuseSocket(stream, request);
  }
}

/** What Node's HTTP client calls on a socket beside reading and writing. */
function asSocket(stream: Duplex): Duplex {
  const none = (): Duplex => stream;
  return Object.assign(stream, {
    setKeepAlive: none,
    setNoDelay: none,
    setTimeout: none,
    ref: none,
    unref: none,
  });
}
