import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Command } from '../command.ts';

/** So much of what was printed before is shown with --follow where nobody says how much. */
const defaultTail = 200;

export const logs: Command = {
  name: 'logs',
  args: [['[SERVICE...]', 'all services where none is named']],
  summary: 'what the app containers print',
  description:
    'Prints what all replicas have said so far, in the order of its times. With --follow it goes on, through restarts ' +
    'of containers, new pods and lost connections, each line once, until Ctrl-C.',
  options: [
    ['-f, --follow', 'go on, through restarts and new pods, until Ctrl-C'],
    ['--tail LINES', 'only the last lines of each replica (default: 200 with --follow, else all)'],
    ['--since DURATION', 'only what was printed in this time, such as 5m'],
    ['--replica POD', 'only this one'],
    ['-p, --previous', 'of the containers before the present ones'],
    ['-t, --timestamps', 'with the time of each line'],
    ['--no-names', 'the lines alone, without the names of the pods'],
  ],
  examples: [
    ['kdev logs --follow', 'all services, as it comes'],
    ['kdev logs adder --tail 50', 'the end of one'],
    ['kdev logs adder --since 10m --no-names | grep Error', 'for other programs'],
    ['kdev logs adder --json', 'JSON lines with replica and time'],
  ],
  onProject: true,
  output: 'events',
  run: async (invocation) => {
    const { openProject } = await import('../open-project.ts');
    const { openCluster } = await import('../open-cluster.ts');
    const { chooseServices } = await import('../../config/choose-services.ts');
    const { KdevError } = await import('../../core/error.ts');
    const { wantsColours } = await import('../../output/style.ts');
    const { followAppLogs } = await import('../follow-app-logs.ts');
    const { emitLines, printLines } = await import('../log-printer.ts');
    const { readCount } = await import('../read-count.ts');
    const { readDuration } = await import('../read-duration.ts');
    const { chooseReplica } = await import('../replicas.ts');
    const { readPresentLogs } = await import('../stream-logs.ts');
    const { args, bus, flags, options, signal, style, surroundings } = invocation;
    const follow = options['follow'] === true;
    const previous = options['previous'] === true;
    if (follow && previous) {
      throw new KdevError({
        code: 'usage',
        fault: 'user',
        what: '--previous cannot be followed: that container has ended.',
        cure: 'Leave --follow or --previous out.',
      });
    }
    const sinceMs = readDuration('--since', options['since']);
    const tail =
      readCount('--tail', options['tail']) ?? (follow && sinceMs === undefined ? defaultTail : undefined);
    const replica = typeof options['replica'] === 'string' ? options['replica'] : undefined;
    const { project, environment } = await openProject(invocation);
    // The named ones alone: logs of what they depend on were not asked for.
    const chosen = chooseServices(project, args).filter(
      ({ name }) => args.length === 0 || args.includes(name),
    );
    const { cluster } = await openCluster(environment, invocation, false);
    const { namespace } = environment;
    const place = { cluster, namespace, signal };
    const services = await ownersOf(replica, chosen, (service) =>
      chooseReplica({ ...place, service, replica }),
    );
    const onLines = flags.json
      ? emitLines(bus)
      : printLines({
          style,
          colours: wantsColours(surroundings.stdout, surroundings.env),
          names: options['names'] !== false,
          timestamps: options['timestamps'] === true,
          write: (text) => writeAll(surroundings.stdout, text, signal),
        });
    const what = { ...place, services, replica, tail, sinceMs, onLines };
    if (follow) await followAppLogs({ ...what, bus });
    else await readPresentLogs({ ...what, previous });
    return 0;
  },
};

async function writeAll(stream: Writable, text: string, signal: AbortSignal): Promise<void> {
  if (stream.write(text) || signal.aborted) return;
  // An abort is no failure of this.
  await once(stream, 'drain', { signal }).catch(() => undefined);
}

/**
 * The services that a replica may belong to: the only one that knows it; all where none is asked for by name.
 *
 * @throws what `find` throws when no service has it.
 */
async function ownersOf<Service>(
  replica: string | undefined,
  services: readonly Service[],
  find: (service: Service) => Promise<unknown>,
): Promise<readonly Service[]> {
  if (replica === undefined) return services;
  const found = await Promise.allSettled(services.map(find));
  const owners = services.filter((_, index) => found[index]?.status === 'fulfilled');
  const [first] = found;
  if (owners.length === 0 && first?.status === 'rejected') throw first.reason;
  return owners;
}
