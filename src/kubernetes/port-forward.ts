import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { KdevError } from '../core/error.ts';
import type { ApiClient } from './api-client.ts';
import { openWebSocket } from './web-socket.ts';

/** Larger writes are cut, so that one frame never holds up the others for long. */
const maxFrameBytes = 128 * 1024;
const dataChannel = 0;
const errorChannel = 1;
/** Each channel begins with the port's number, two bytes, little-endian. */
const portHeaderBytes = 2;

/**
 * A byte stream to a port on a pod's loopback: `v4.channel.k8s.io` frames, one channel byte and the payload. The
 * protocol has no half-close: ending one direction ends both. A slow reader stops the socket, not only the stream.
 */
export async function openPortForward(
  client: ApiClient,
  options: {
    readonly namespace: string;
    readonly pod: string;
    readonly port: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Duplex> {
  const { namespace, pod, port, signal } = options;
  const socket = await openWebSocket(client, {
    path: `/api/v1/namespaces/${namespace}/pods/${pod}/portforward`,
    query: { ports: String(port) },
    protocols: ['v4.channel.k8s.io'],
    action: { verb: 'create', resource: 'pods/portforward', name: pod, namespace },
    signal,
  });
  const stream = streamOver(socket, (words) => forwardError(pod, port, words));
  if (signal) {
    const onAbort = (): void => void stream.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', onAbort));
  }
  return stream;
}

function streamOver(socket: WebSocket, explain: (words: string) => KdevError): Duplex {
  let trouble = '';
  const headerLeft = [portHeaderBytes, portHeaderBytes];

  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) =>
      sendFrames(socket, chunk, (error) => {
        // Why it closes is told when it has closed; that it does is no reason.
        if (error && socket.readyState === socket.CLOSING) socket.once('close', () => done(error));
        else done(error);
      }),
    final: (done) => {
      socket.close();
      done();
    },
    destroy: (error, done) => {
      socket.terminate();
      done(error);
    },
  });

  socket.on('message', (raw: RawData) => {
    const frame = raw as Buffer;
    const channel = frame[0] ?? dataChannel;
    const skip = Math.min(headerLeft[channel] ?? 0, frame.length - 1);
    headerLeft[channel] = (headerLeft[channel] ?? 0) - skip;
    const payload = frame.subarray(1 + skip);
    if (payload.length === 0) return;
    if (channel === errorChannel) trouble += payload.toString('utf8');
    else if (!stream.push(payload)) socket.pause();
  });
  socket.on('close', () => {
    if (stream.destroyed) return;
    if (trouble === '') stream.push(null);
    else stream.destroy(explain(trouble));
  });
  socket.on('error', (error) => stream.destroy(explain(error.message)));
  socket.resume();
  return stream;
}

function sendFrames(socket: WebSocket, chunk: Buffer, done: (error?: Error | null) => void): void {
  for (let at = 0; at < chunk.length; at += maxFrameBytes) {
    const part = chunk.subarray(at, at + maxFrameBytes);
    const frame = Buffer.allocUnsafe(part.length + 1);
    frame[0] = dataChannel;
    part.copy(frame, 1);
    const last = at + maxFrameBytes >= chunk.length;
    // The callback comes when the kernel has the bytes: that is what makes the writer wait.
    socket.send(frame, last ? (error) => done(error) : undefined);
  }
  if (chunk.length === 0) done();
}

function forwardError(pod: string, port: number, words: string): KdevError {
  const refused = words.includes('connection refused');
  return new KdevError({
    code: 'cluster-failed',
    fault: 'environment',
    what: refused
      ? `Nothing listens on port ${port} of pod ${pod}.`
      : `The forward to port ${port} of pod ${pod} failed.`,
    why: `The kubelet says: ${words.trim()}`,
  });
}
