import { randomUUID } from 'node:crypto';
import { PassThrough, type Writable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { podLayout } from '../core/pod-layout.ts';
import type { Cluster } from '../core/ports/cluster.ts';

export interface ContainerPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Of a terminal, as they change, the present one first; ends with `signal`. */
export type TerminalSizes = (
  signal: AbortSignal,
) => AsyncIterable<{ readonly columns: number; readonly rows: number }>;

/** What Ctrl-C types; the restarter makes INT of it as a terminal does. */
const interruptByte = Buffer.of(3);
/** From INT to TERM; the restarter itself sends KILL 2 s after that. */
const interruptGraceMs = 3_000;
/** Then the container does not answer any more. */
const giveUpMs = 8_000;

/**
 * Runs one program in an app container, with an empty standard input. Kubernetes ends no process when a stream is
 * closed, so kdev's restarter runs it: the end of an input that this process holds open ends everything that the
 * program started, also when this process is killed.
 *
 * @param stop its abort ends the program: INT, then TERM, then KILL for the whole tree; what it prints meanwhile
 * still arrives, and the exit code is that end's
 * @throws KdevError of the cluster; `stop`'s reason when the container did not answer any more
 */
export async function runInContainer(options: {
  readonly cluster: Pick<Cluster, 'exec'>;
  readonly place: ContainerPlace;
  readonly argv: readonly string[];
  /** Present: the program has a terminal, and its errors come with its output. */
  readonly terminal?: TerminalSizes | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}): Promise<number> {
  const { cluster, place, argv, terminal, stdout, stderr, clock, stop } = options;
  stop.throwIfAborted();
  const id = randomUUID();
  const { restarterBinary } = podLayout;
  const lifeline = new PassThrough();
  const over = new AbortController();
  const lost = new AbortController();
  if (terminal) holdLifeline();

  let cancelTimer = (): void => undefined;
  const onStop = (): void => {
    lifeline.write(interruptByte);
    cancelTimer = clock.after(interruptGraceMs, () => {
      lifeline.end();
      cancelTimer = clock.after(giveUpMs, () => lost.abort(stop.reason));
    });
  };
  stop.addEventListener('abort', onStop, { once: true });
  try {
    const ending = terminal ? ['--id', id] : ['--until-eof'];
    const { exitCode } = await cluster.exec({
      ...place,
      command: [restarterBinary, 'run', ...ending, '--', ...argv],
      // A terminal's input is the program's own; nobody types into it.
      stdin: terminal ? new PassThrough() : lifeline,
      ...{ stdout, stderr, tty: terminal !== undefined },
      ...(terminal && { sizes: terminal(over.signal) }),
      signal: lost.signal,
    });
    return exitCode;
  } finally {
    stop.removeEventListener('abort', onStop);
    cancelTimer();
    over.abort();
    lifeline.end();
  }

  /** A terminal of the container outlives its client, so a stream without one tells of the end. */
  function holdLifeline(): void {
    const unheard = { stdout: new PassThrough().resume(), stderr: new PassThrough().resume() };
    const command = [restarterBinary, 'lifeline', id];
    // Without it the program runs all the same; it may only outlive this process.
    cluster.exec({ ...place, ...unheard, command, stdin: lifeline }).catch(() => undefined);
  }
}
