import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Endpoint } from '../core/ports/endpoint.ts';
import type { PortForward, Service } from '../core/service.ts';
import { type LocalPort, openLocalPort } from './local-port.ts';

/** The ports of 127.0.0.1 that lead to one service, whichever of its replicas is there. */
export interface ServicePorts {
  readonly service: string;
  /** One for each port, e.g. `http://localhost:8080`. */
  readonly urls: readonly string[];
  close(): void;
}

/**
 * Opens the local ports of a service. Each connection goes to the replica that `pick` names at that moment; with none
 * it is closed at once. So a port stays the same through restarts and rollouts.
 *
 * @throws `port-in-use`; no port of the service stays open then.
 */
export async function openServicePorts(options: {
  readonly service: Pick<Service, 'name' | 'ports'>;
  readonly pick: () => Endpoint | undefined;
}): Promise<ServicePorts> {
  const { service, pick } = options;
  const opened: LocalPort[] = [];
  const close = (): void => {
    for (const port of opened) port.close();
  };
  try {
    for (const port of service.ports) {
      opened.push(
        await openLocalPort({
          port: port.local,
          address: '127.0.0.1',
          service: service.name,
          cure: `choose another one in its ports: '9000:${port.remote}'.`,
          onConnection: (socket) => connect(socket, port, pick()),
        }),
      );
    }
  } catch (error) {
    close();
    throw error;
  }
  const urls = opened.map(({ port }) => `http://localhost:${port}`);
  return { service: service.name, urls, close };
}

function connect(socket: Socket, { remote }: PortForward, endpoint: Endpoint | undefined): void {
  socket.on('error', () => socket.destroy());
  if (endpoint === undefined) {
    socket.destroy();
    return;
  }
  endpoint.forward(remote).then(
    // A side that breaks ends the other; whoever is connected sees that.
    (stream) => {
      pipeline(socket, stream, () => undefined);
      pipeline(stream, socket, () => undefined);
    },
    () => socket.destroy(),
  );
}
