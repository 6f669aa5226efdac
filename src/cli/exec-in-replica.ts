import { PassThrough, type Readable } from 'node:stream';
import { podLayout } from '../core/pod-layout.ts';
import type { Cluster, PodFacts } from '../core/ports/cluster.ts';
import type { Surroundings } from './command.ts';

/**
 * Runs a command in an app container on this process's streams; resolves with its exit code. Where kdev's restarter
 * is in the container it runs the command, because Kubernetes ends no process when a stream is closed.
 */
export async function execInReplica(options: {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly pod: PodFacts;
  readonly container: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly signal: AbortSignal;
  readonly surroundings: Surroundings;
}): Promise<number> {
  const { cluster, namespace, pod, container, command, tty, signal, surroundings } = options;
  const { stdin, stdout, stderr } = surroundings;
  const prepared = pod.sidecarStarted;
  const runner = prepared
    ? [podLayout.restarterBinary, 'run', ...(options.stdin ? [] : ['--until-eof']), '--']
    : [];
  // Held open until this process ends: its end is what ends the command.
  const silence = prepared ? new PassThrough() : undefined;
  const input: Readable | undefined = options.stdin ? stdin : silence;
  const sizes = tty ? terminalSizes(stdout, signal) : undefined;
  if (tty) stdin.setRawMode?.(true);
  try {
    const { exitCode } = await cluster.exec({
      namespace,
      pod: pod.name,
      container,
      command: [...runner, ...command],
      ...(input !== undefined && { stdin: input }),
      stdout,
      stderr,
      tty,
      ...(sizes !== undefined && { sizes }),
      signal,
    });
    return exitCode;
  } finally {
    if (tty) stdin.setRawMode?.(false);
    silence?.end();
    stdin.pause();
  }
}

async function* terminalSizes(
  stdout: Surroundings['stdout'],
  signal: AbortSignal,
): AsyncGenerator<{ readonly columns: number; readonly rows: number }> {
  while (!signal.aborted) {
    yield { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    await new Promise<void>((resolve) => {
      stdout.once('resize', resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
