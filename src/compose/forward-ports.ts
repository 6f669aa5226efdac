import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { createBackoff } from '../core/backoff.ts';
import { pause, systemClock } from '../core/clock.ts';
import { KdevError, messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { PortForward, Service } from '../core/service.ts';
import { type LocalPort, openLocalPort } from './local-port.ts';
import { followReady, type ReadyReplicas } from './ready-replicas.ts';

/** How long a connection waits for a replica that takes it: as long as a rollout's gap or a short cut may take. */
const patienceMs = 30_000;

export interface ForwardingOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly service: Pick<Service, 'name' | 'workload'>;
  readonly ports: readonly PortForward[];
  /** Of this machine, that the ports are opened on. */
  readonly address: string;
  /** Pod. @default a ready one, the same as long as it is ready */
  readonly replica?: string | undefined;
  readonly bus: Bus;
  readonly signal: AbortSignal;
}

/** One port of this machine, and where it leads. */
export interface Forward extends PortForward {
  readonly address: string;
}

/**
 * Opens ports of this machine that lead to a service until the signal. Each connection is forwarded by itself, to a
 * replica that is ready then, and waits for one: so the ports stay through rollouts, replaced pods and cuts of the
 * link, which only the connections notice that were open.
 *
 * @throws KdevError `port-in-use`; nothing is open then.
 */
export async function forwardPorts(options: ForwardingOptions): Promise<readonly Forward[]> {
  const { service, ports, address, signal } = options;
  const stop = new AbortController();
  const replicas = followReady({ ...options, signal: AbortSignal.any([signal, stop.signal]) });
  const opened: LocalPort[] = [];
  const close = (): void => {
    stop.abort();
    for (const port of opened) port.close();
  };
  try {
    for (const { local, remote } of ports) {
      const tell = problemTeller(options, remote);
      const onConnection = (socket: Socket): void => void serve(options, replicas, socket, remote, tell);
      const cure = `choose another one: ${local + 1}:${remote}, or :${remote} for any free one.`;
      opened.push(await openLocalPort({ port: local, address, service: service.name, cure, onConnection }));
    }
  } catch (error) {
    close();
    throw error;
  }
  signal.addEventListener('abort', close, { once: true });
  return opened.map(({ port }, index) => ({ local: port, remote: ports[index]?.remote ?? 0, address }));
}

async function serve(
  { cluster, namespace, service, signal }: ForwardingOptions,
  replicas: ReadyReplicas,
  socket: Socket,
  remote: number,
  tellProblem: (error: unknown) => void,
): Promise<void> {
  const gone = new AbortController();
  socket.on('error', () => socket.destroy());
  socket.once('close', () => gone.abort());
  const enough = AbortSignal.any([signal, gone.signal, AbortSignal.timeout(patienceMs)]);
  const tell = (error: unknown): void => {
    if (!gone.signal.aborted && !signal.aborted) tellProblem(error);
  };
  const backoff = createBackoff({ maxMs: 1_000 });
  let last: unknown;
  let stream: Duplex | undefined;
  while (!stream && !enough.aborted) {
    try {
      const pod = await replicas.next(enough);
      stream = await cluster.portForward({ namespace, pod, port: remote, signal });
    } catch (error) {
      last = enough.aborted ? (last ?? noReplica(service.name)) : error;
      await pause(systemClock, backoff(), enough);
    }
  }
  if (!stream || socket.destroyed) {
    tell(last);
    socket.destroy();
    stream?.destroy();
    return;
  }
  stream.once('data', () => tellProblem(undefined));
  // What the kubelet says of a port where nobody listens comes when the stream is open already.
  stream.once('error', tell);
  pipeline(socket, stream, () => undefined);
  pipeline(stream, socket, () => undefined);
}

/** Says what stands in the way of a port's connections, and with `undefined` that nothing does any more. */
function problemTeller({ service, bus }: ForwardingOptions, remote: number): (error: unknown) => void {
  const key = `forward/${service.name}/${remote}`;
  const problem = { event: 'problem', key, service: service.name } as const;
  let standing: string | undefined;
  return (error) => {
    if (error === undefined && standing === undefined) return;
    const code = error instanceof KdevError ? error.code : (standing ?? 'cluster-failed');
    const resolved = error === undefined;
    standing = resolved ? undefined : code;
    bus.emit({ ...problem, code, message: resolved ? '' : wordsOf(error), resolved });
  };
}

function noReplica(service: string): KdevError {
  return new KdevError({
    code: 'replica-none',
    fault: 'environment',
    what: `Service ${service} has had no ready replica for ${patienceMs / 1_000} s.`,
  });
}

function wordsOf(error: unknown): string {
  if (!(error instanceof KdevError)) return messageOf(error);
  return error.why === undefined ? error.what : `${error.what} ${error.why}`;
}
