import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import type { Endpoint } from '../core/ports/endpoint.ts';
import { openServicePorts, type ServicePorts } from './service-ports.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function listening(answer: string): Promise<number> {
  const server = createServer((socket) => socket.end(answer));
  cleanUps.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A replica whose port leads to a real one of this machine. */
function replica(port: number): Endpoint {
  const forward = async (): Promise<Duplex> => connect(port, '127.0.0.1');
  return { forward } as unknown as Endpoint;
}

async function ask(ports: ServicePorts): Promise<string> {
  const socket = connect(Number(new URL(ports.urls[0] ?? '').port), '127.0.0.1');
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

it('leads each connection to the replica that is there at that moment', async () => {
  const replicas = [replica(await listening('one')), replica(await listening('two'))];
  const service = { name: 'web', ports: [{ local: 0, remote: 80 }] };
  const ports = await openServicePorts({ service, pick: () => replicas.shift() });
  cleanUps.push(ports.close);
  expect(await ask(ports)).toBe('one');
  expect(await ask(ports)).toBe('two');
  expect(await ask(ports)).toBe(''); // no replica: closed at once
});

it('says which port of which service cannot be opened, and leaves none open (X1)', async () => {
  const taken = await listening('mine');
  const free = createServer();
  free.listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  free.close();
  await once(free, 'close');
  const service = { name: 'web', ports: [port, taken].map((local) => ({ local, remote: 80 })) };
  const opened = openServicePorts({ service, pick: () => undefined });
  await expect(opened).rejects.toMatchObject({
    code: 'port-in-use',
    what: expect.stringContaining(String(taken)),
  });
  const probe = connect(port, '127.0.0.1');
  const [error] = await once(probe, 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});
