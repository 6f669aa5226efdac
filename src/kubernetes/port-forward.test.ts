import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { answerJson, type FakeApiServer, startFakeApiServer } from '../../test/fakes/api-server.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import { createCluster } from './cluster.ts';

let server: FakeApiServer;
let sockets: WebSocketServer;
let cluster: Cluster;

beforeEach(async () => {
  server = await startFakeApiServer({
    answer: (_, response) => answerJson(response, 404, { message: 'pods "p" not found' }),
  });
  sockets = new WebSocketServer({ server: server.http, handleProtocols: () => 'v4.channel.k8s.io' });
  cluster = await createCluster({ kubeconfig: { type: 'text', text: server.kubeconfig } });
});

afterEach(async () => {
  for (const socket of sockets.clients) socket.terminate();
  await server.close();
});

/** What a kubelet does first: the port's number on both channels. */
function greet(socket: WebSocket): void {
  socket.send(Buffer.from([0, 0xae, 0x08]));
  socket.send(Buffer.from([1, 0xae, 0x08]));
}

async function open() {
  const arrived = once(sockets, 'connection') as Promise<[WebSocket, { url: string }]>;
  const stream = await cluster.portForward({ namespace: 'n', pod: 'p', port: 2222 });
  const [socket, request] = await arrived;
  return { stream, socket, url: request.url };
}

test('bytes go both ways without the frames around them', async () => {
  const { stream, socket, url } = await open();
  expect(url).toBe('/api/v1/namespaces/n/pods/p/portforward?ports=2222');
  const received = once(socket, 'message') as Promise<[Buffer]>;
  greet(socket);
  socket.send(Buffer.concat([Buffer.of(0), Buffer.from('from the pod')]));
  expect(String((await once(stream, 'data'))[0])).toBe('from the pod');
  stream.write('to the pod');
  const [frame] = await received;
  expect(frame[0]).toBe(0);
  expect(frame.subarray(1).toString()).toBe('to the pod');
});

test('a large write arrives whole, in pieces', async () => {
  const { stream, socket } = await open();
  const sizes: number[] = [];
  socket.on('message', (frame: Buffer) => sizes.push(frame.length - 1));
  await new Promise((resolve) => stream.write(Buffer.alloc(300_000), resolve));
  await vi.waitFor(() => expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(300_000));
  expect(sizes.length).toBeGreaterThan(1);
});

test('a reader that does not read stops the sender', async () => {
  const { socket, stream } = await open();
  greet(socket);
  const piece = Buffer.alloc(1024 * 1024);
  const sent = 64;
  for (let i = 0; i < sent; i++) socket.send(piece);
  await once(stream, 'readable');
  // What the kernel and the first buffers hold is all that left the sender; the rest waits there.
  await vi.waitFor(() => expect(stream.readableLength).toBeGreaterThan(0));
  const before = socket.bufferedAmount;
  expect(before).toBeGreaterThan(32 * piece.length);
  expect(stream.readableLength).toBeLessThan(4 * piece.length);
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await vi.waitFor(() => expect(bytes).toBe(sent * (piece.length - 1)), { timeout: 20_000 });
});

test('the end of the pod’s side ends the stream', async () => {
  const { stream, socket } = await open();
  greet(socket);
  socket.close();
  stream.resume();
  await once(stream, 'end');
});

test('what the kubelet says on the error channel is the stream’s error', async () => {
  const { stream, socket } = await open();
  greet(socket);
  socket.send(Buffer.concat([Buffer.of(1), Buffer.from('dial tcp4: connection refused')]));
  socket.close();
  const [error] = (await once(stream, 'error')) as [unknown];
  expect(error).toMatchObject({
    code: 'cluster-failed',
    what: 'Nothing listens on port 2222 of pod p.',
    why: expect.stringContaining('dial tcp4') as string,
  });
});

test('destroying the stream closes the connection', async () => {
  const { stream, socket } = await open();
  stream.destroy();
  await once(socket, 'close');
});

test('a refused upgrade is an error in the API server’s words', async () => {
  sockets.close();
  sockets.removeAllListeners();
  server.http.removeAllListeners('upgrade');
  server.http.on('upgrade', (_, raw: NodeJS.WritableStream) => {
    const body = JSON.stringify({ kind: 'Status', message: 'pods "p" not found', code: 404 });
    raw.end(`HTTP/1.1 404 Not Found\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
  });
  await expect(cluster.portForward({ namespace: 'n', pod: 'p', port: 1 })).rejects.toMatchObject({
    code: 'cluster-rejected',
    why: 'The API server says: pods "p" not found',
  });
});
