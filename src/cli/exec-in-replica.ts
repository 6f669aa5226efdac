import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { podLayout } from '../core/pod-layout.ts';
import type { Cluster, PodFacts } from '../core/ports/cluster.ts';
import type { Surroundings } from './command.ts';

/**
 * Runs a command in an app container on this process's streams; resolves with its exit code. Where kdev's restarter
 * is in the container it runs the command, because Kubernetes ends no process when a stream is closed: the end of a
 * standard input that this process holds open ends the command. Where the input is the command's own, a second exec
 * holds one.
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
  const { restarterBinary } = podLayout;
  const id = randomUUID();
  const ending = options.stdin ? ['--id', id] : ['--until-eof'];
  const runner = prepared ? [restarterBinary, 'run', ...ending, '--'] : [];
  // Held open until this process ends: its end is what ends the command.
  const silence = new PassThrough();
  const input: Readable | undefined = options.stdin ? stdin : prepared ? silence : undefined;
  const ended = new AbortController();
  const sizes = tty ? terminalSizes(stdout, AbortSignal.any([signal, ended.signal])) : undefined;
  if (prepared && options.stdin) {
    const place = { namespace, pod: pod.name, container };
    const unheard = { stdout: new PassThrough().resume(), stderr: new PassThrough().resume() };
    const holding = cluster.exec({
      ...place,
      ...unheard,
      command: [restarterBinary, 'lifeline', id],
      stdin: silence,
    });
    // Without it the command runs all the same; it may only outlive this process.
    holding.catch(() => undefined);
  }
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
    ended.abort();
    if (tty) stdin.setRawMode?.(false);
    silence.end();
    stdin.pause();
  }
}

async function* terminalSizes(
  stdout: Surroundings['stdout'],
  signal: AbortSignal,
): AsyncGenerator<{ readonly columns: number; readonly rows: number }> {
  while (!signal.aborted) {
    yield { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    // An abort is the end of it.
    await once(stdout, 'resize', { signal }).catch(() => undefined);
  }
}
