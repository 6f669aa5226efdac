import type { Duplex } from 'node:stream';
import type { RelPath } from '../core/change.ts';
import { KdevError } from '../core/error.ts';
import { podLayout } from '../core/pod-layout.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import type { Service } from '../core/service.ts';
import type { Dial } from '../session/lane.ts';
import { connect } from '../transport/connect.ts';
import type { WorkloadKeys } from './workload-keys.ts';

/** A pod that does not answer for this long is dialled again, ms. */
const dialDeadlineMs = 10_000;
/** A port-forward takes some 30 ms; where packets vanish it would take minutes, ms. */
const forwardDeadlineMs = 5_000;

/** How a session reaches the agent of a pod: port-forward through the API server, then ssh to the sidecar's sshd. */
export function createDial(options: {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly watcher: Pick<Watcher, 'get'>;
  readonly keysOf: (service: Service) => WorkloadKeys | undefined;
  /** Of this kdev. */
  readonly version: string;
  readonly containerOf: (service: Service) => string | undefined;
}): Dial {
  const { cluster, namespace, watcher, keysOf, containerOf, version } = options;
  return async ({ service, pod, signal }) => {
    const keys = keysOf(service);
    const container = containerOf(service);
    if (keys === undefined || container === undefined) {
      throw new KdevError({
        code: 'internal',
        fault: 'kdev',
        what: `${service.name} was dialled before it was deployed.`,
      });
    }
    const open = (): Promise<Duplex> =>
      withinDeadline(
        (signal) => cluster.portForward({ namespace, pod, port: podLayout.sshPort, signal }),
        signal,
      );
    return connect({
      stream: await open(),
      again: open,
      hostKey: keys.hostPublicKey,
      clientKey: keys.clientKey,
      deadlineMs: dialDeadlineMs,
      signal,
      hello: {
        version,
        term: keys.term,
        container,
        mappings: service.mappings.map(({ from, to }) => ({
          path: to,
          kind: watcher.get(from as RelPath)?.type === 'dir' ? 'dir' : 'file',
        })),
      },
    });
  };
}

/** What opens may also be ended later, by `signal`. @throws `cluster-unreachable` when it takes too long */
async function withinDeadline<Opened>(
  open: (signal: AbortSignal) => Promise<Opened>,
  signal: AbortSignal,
): Promise<Opened> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(
      new KdevError({
        code: 'cluster-unreachable',
        fault: 'environment',
        what: `The API server did not open a port-forward within ${forwardDeadlineMs / 1_000} s.`,
        cure: 'Look at the network: kdev goes on by itself as soon as the API server answers.',
      }),
    );
  }, forwardDeadlineMs);
  try {
    return await open(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}
