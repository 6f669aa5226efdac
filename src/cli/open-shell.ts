import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { KdevError } from '../core/error.ts';
import type { Surroundings } from './command.ts';
import { execInReplica } from './exec-in-replica.ts';
import { chooseReplica, type ReplicaQuery } from './replicas.ts';

/** The better one of the two that an image may have. */
const findShell = 'command -v bash || command -v sh';
/** What programs in the container may draw on; its own list of terminals hardly knows newer ones. */
const startShell = 'TERM=$1; export TERM; exec "$2"';

/**
 * Opens a shell in an app container on this process's streams and resolves with its exit code: bash where there is
 * one, else sh; with a terminal where there is one here. Standard input is paused afterwards.
 *
 * @throws KdevError `shell-none` where the image has no shell; `replica-none`, `replica-unknown`, `container-unknown`;
 * those of the cluster; the signal's reason.
 */
export async function openShell(
  options: ReplicaQuery & {
    /** Pod. @default a ready one */
    readonly replica?: string | undefined;
    readonly surroundings: Surroundings;
    /** @default when both ends are one */
    readonly tty?: boolean;
  },
): Promise<number> {
  const { cluster, namespace, service, signal, surroundings } = options;
  const { pod, container } = await chooseReplica(options);
  const place = { cluster, namespace, pod, container, signal, surroundings };
  const shell = await shellOf({ ...place, serviceName: service.name });
  const { stdin, stdout, env } = surroundings;
  const tty = options.tty ?? (stdin.isTTY === true && stdout.isTTY === true);
  const terminal = env['TERM']?.includes('256color') ? 'xterm-256color' : 'xterm';
  const command = tty ? ['sh', '-c', startShell, 'sh', terminal, shell] : [shell];
  return execInReplica({ ...place, command, tty, stdin: true });
}

async function shellOf({
  cluster,
  namespace,
  pod,
  container,
  signal,
  serviceName,
}: Omit<Parameters<typeof execInReplica>[0], 'command' | 'stdin' | 'tty' | 'surroundings'> & {
  readonly serviceName: string;
}): Promise<string> {
  const stdout = new PassThrough();
  const stderr = new PassThrough().resume();
  const said = text(stdout);
  const command = ['sh', '-c', findShell];
  try {
    await cluster.exec({ namespace, pod: pod.name, container, command, stdout, stderr, signal });
    stdout.end();
    const [found = ''] = (await said).trim().split('\n');
    return found === '' ? 'sh' : found;
  } catch (error) {
    stdout.end();
    const why = error instanceof KdevError ? (error.why ?? '') : '';
    if (!/no such file|not found/i.test(why)) throw error;
    throw new KdevError({
      code: 'shell-none',
      fault: 'user',
      what: `Container ${container} of ${pod.name} has no shell.`,
      why: 'Its image holds neither bash nor sh, as images FROM scratch and distroless ones do.',
      cure: `Run a program that it has: kdev exec ${serviceName} -- PROGRAM. Or look at its files from a build stage with a shell: set "target" of its build.`,
      cause: error,
    });
  }
}
