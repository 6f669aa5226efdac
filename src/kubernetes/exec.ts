import type { Readable, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { KdevError } from '../core/error.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import { type ApiStatus, readStatus } from './api-error.ts';
import { openWebSocket } from './web-socket.ts';

const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

/** The kubelet takes 32 MiB in one frame; small ones let other channels through. */
const maxFrameBytes = 128 * 1024;

type ExecOptions = Parameters<Cluster['exec']>[0];

/**
 * Runs a command in a container and resolves with its exit code. Ending `stdin` closes the command's standard input
 * (protocol v5; servers before 1.30 leave it open). An abort ends the stream, not the command: Kubernetes has no way
 * to end a process.
 */
export async function execCommand(
  client: ApiClient,
  options: ExecOptions,
): Promise<{ readonly exitCode: number }> {
  const { namespace, pod, container, command, signal } = options;
  const tty = options.tty ?? false;
  const socket = await openWebSocket(client, {
    path: `/api/v1/namespaces/${namespace}/pods/${pod}/exec`,
    query: {
      container,
      command,
      stdin: options.stdin !== undefined,
      stdout: true,
      stderr: !tty,
      tty,
    },
    protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    action: { verb: 'create', resource: 'pods/exec', name: pod, namespace },
    signal,
  });
  const onAbort = (): void => socket.terminate();
  signal?.addEventListener('abort', onAbort, { once: true });
  const stopFeeding = options.stdin ? feed(socket, options.stdin) : () => undefined;
  if (options.sizes) void sendSizes(socket, options.sizes);
  try {
    const status = await receive(socket, options.stdout, options.stderr);
    signal?.throwIfAborted();
    return { exitCode: exitCodeOf(status, options) };
  } finally {
    stopFeeding();
    signal?.removeEventListener('abort', onAbort);
    socket.terminate();
  }
}

/** Passes output on, holding the socket while a writer is full; resolves with the status when the stream has ended. */
function receive(socket: WebSocket, stdout: Writable, stderr: Writable): Promise<ApiStatus | undefined> {
  return new Promise((resolve, reject) => {
    let status: ApiStatus | undefined;
    const pass = (writer: Writable, payload: Buffer): void => {
      if (payload.length === 0 || writer.write(payload)) return;
      socket.pause();
      writer.once('drain', () => socket.resume());
    };
    socket.on('message', (raw: RawData) => {
      const frame = raw as Buffer;
      const payload = frame.subarray(1);
      if (frame[0] === channels.stdout) pass(stdout, payload);
      else if (frame[0] === channels.stderr) pass(stderr, payload);
      else if (frame[0] === channels.status) status = readStatus(payload.toString('utf8'));
    });
    socket.once('close', () => resolve(status));
    socket.once('error', reject);
    socket.resume();
  });
}

function feed(socket: WebSocket, stdin: Readable): () => void {
  let feeding = true;
  const goOn = (): void => {
    if (feeding) stdin.resume();
  };
  const half = socket.protocol === 'v5.channel.k8s.io';
  const onData = (chunk: Buffer | string): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    stdin.pause();
    for (let at = 0; at < bytes.length; at += maxFrameBytes) {
      const frame = Buffer.concat([Buffer.of(channels.stdin), bytes.subarray(at, at + maxFrameBytes)]);
      // The callback comes when the kernel has the bytes: that is what makes the reader wait.
      socket.send(frame, at + maxFrameBytes >= bytes.length ? goOn : undefined);
    }
    if (bytes.length === 0) goOn();
  };
  const onEnd = (): void => {
    if (half && socket.readyState === socket.OPEN) socket.send(Buffer.of(channels.close, channels.stdin));
  };
  if (stdin.readableEnded) onEnd();
  stdin.on('data', onData);
  stdin.once('end', onEnd);
  // Whoever had it before may have paused it.
  stdin.resume();
  return () => {
    feeding = false;
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    stdin.pause();
  };
}

async function sendSizes(socket: WebSocket, sizes: NonNullable<ExecOptions['sizes']>): Promise<void> {
  for await (const { columns, rows } of sizes) {
    if (socket.readyState !== socket.OPEN) return;
    const size = JSON.stringify({ Width: columns, Height: rows });
    socket.send(Buffer.concat([Buffer.of(channels.resize), Buffer.from(size)]));
  }
}

function exitCodeOf(status: ApiStatus | undefined, options: ExecOptions): number {
  const { pod, container, command } = options;
  if (status === undefined) {
    throw new KdevError({
      code: 'cluster-failed',
      fault: 'environment',
      what: `The connection ended before "${command.join(' ')}" in ${pod}/${container} said how it went.`,
    });
  }
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && code !== undefined) return Number(code);
  throw new KdevError({
    code: 'cluster-failed',
    fault: 'environment',
    what: `"${command.join(' ')}" could not be run in ${pod}/${container}.`,
    why: `The kubelet says: ${status.message ?? status.reason ?? 'nothing'}`,
    cause: status,
  });
}
