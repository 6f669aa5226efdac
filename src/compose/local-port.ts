import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { KdevError, messageOf } from '../core/error.ts';
import { findPortOwner } from './port-owner.ts';

/** A port of this machine that leads somewhere else. */
export interface LocalPort {
  /** The one that was asked for, or the free one that was taken. */
  readonly port: number;
  readonly address: string;
  /** Takes no more connections; those that are open stay. */
  close(): void;
}

/**
 * Listens on a port of this machine.
 *
 * @throws KdevError `port-in-use`, which names who has it where that can be told.
 */
export async function openLocalPort(options: {
  /** 0 = any free one. */
  readonly port: number;
  readonly address: string;
  /** For whom, in an error. */
  readonly service: string;
  /** What to write instead where the port is taken. */
  readonly cure: string;
  readonly onConnection: (socket: Socket) => void;
}): Promise<LocalPort> {
  const { port, address, service, cure, onConnection } = options;
  const server: Server = createServer({ noDelay: true }, onConnection);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, resolve);
    });
  } catch (cause) {
    throw await cannotOpen({ port, address, service, cure, cause });
  }
  return { port: (server.address() as AddressInfo).port, address, close: () => void server.close() };
}

async function cannotOpen(facts: {
  readonly port: number;
  readonly address: string;
  readonly service: string;
  readonly cure: string;
  readonly cause: unknown;
}): Promise<KdevError> {
  const { port, address, service, cure, cause } = facts;
  const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
  const owner = taken ? await findPortOwner(port) : undefined;
  return new KdevError({
    code: 'port-in-use',
    fault: 'user',
    what: `Port ${port} of ${address === '127.0.0.1' ? 'this machine' : address} cannot be opened for ${service}.`,
    why: owner === undefined ? `${messageOf(cause)}.` : `It belongs to ${owner}.`,
    cure: taken ? `End what listens there, or ${cure}` : `Choose another one: ${cure}`,
    cause,
  });
}
