import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { KdevError, messageOf } from '../core/error.ts';
import type { Endpoint } from '../core/ports/endpoint.ts';
import type { PortForward, Service } from '../core/service.ts';

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
  const servers: Server[] = [];
  const close = (): void => {
    for (const server of servers) server.close();
  };
  try {
    for (const port of service.ports) {
      const server = createServer({ noDelay: true }, (socket) => connect(socket, port, pick()));
      await listen(server, port, service.name);
      servers.push(server);
    }
  } catch (error) {
    close();
    throw error;
  }
  const urls = servers.map((server) => `http://localhost:${(server.address() as AddressInfo).port}`);
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

async function listen(server: Server, port: PortForward, service: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port.local, '127.0.0.1', resolve);
    });
  } catch (error) {
    throw new KdevError({
      code: 'port-in-use',
      fault: 'user',
      what: `Port ${port.local} of this machine cannot be opened for ${service}.`,
      why: messageOf(error),
      cure: `End what listens there, or choose another one in its ports: '9000:${port.remote}'.`,
      cause: error,
    });
  }
}
