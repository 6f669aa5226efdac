import type { PodFacts } from '../core/ports/cluster.ts';
import { askSession, type SessionStatus } from '../daemon/session-client.ts';
import type { Invocation } from './command.ts';
import type { OpenProject } from './open-project.ts';
import { listReplicas } from './replicas.ts';
import { findSession } from './serve-session.ts';

/** What `kdev status --json` prints. */
export interface Status {
  readonly project: string;
  readonly environment: string;
  readonly namespace: string;
  /** The running `kdev watch`; null when there is none. */
  readonly session: {
    readonly pid: number;
    readonly since: string;
    readonly version: string;
    readonly context: string;
  } | null;
  /** Whether every replica has every edit; null where no session could tell. */
  readonly inSync: boolean | null;
  readonly services: SessionStatus['services'] | readonly ClusterService[];
  readonly problems: SessionStatus['problems'];
  /** Somebody holds the syncing of saves. */
  readonly paused: boolean;
  /** Deletions that wait for an answer. */
  readonly held: SessionStatus['held'];
}

/** A service as the cluster alone shows it. */
export interface ClusterService {
  readonly service: string;
  readonly replicas: readonly {
    readonly pod: string;
    readonly phase: string;
    readonly ready: boolean;
    /** Whether kdev prepared it: its sidecar runs. */
    readonly developing: boolean;
    readonly restarts: number;
    readonly trouble?: string;
  }[];
}

/** From the session where one runs, else from the cluster; changes nothing. */
export async function readStatus(
  { project, environment }: OpenProject,
  invocation: Invocation,
): Promise<Status> {
  const { surroundings, signal } = invocation;
  const about = { project: project.name, environment: environment.name, namespace: environment.namespace };
  const session = await findSession({ project, environment, surroundings });
  if (session) {
    try {
      const { pid, since, version, context = '' } = session.greeting;
      const { paused = false, held = [], ...known } = await askSession(session).status(signal);
      const inSync = known.services.every((service) => service.inSync);
      return { ...about, session: { pid, since, version, context }, inSync, ...known, paused, held };
    } finally {
      session.close();
    }
  }
  // Not loaded where a session answers.
  const { openCluster } = await import('./open-cluster.ts');
  const { cluster } = await openCluster(environment, invocation, false);
  const { namespace } = environment;
  const services = await Promise.all(
    project.services.map(async (service) => ({
      service: service.name,
      replicas: (await listReplicas({ cluster, namespace, service, signal })).map(replicaOf),
    })),
  );
  return { ...about, session: null, inSync: null, services, problems: [], paused: false, held: [] };
}

function replicaOf(pod: PodFacts): ClusterService['replicas'][number] {
  return {
    pod: pod.name,
    phase: pod.phase,
    ready: pod.ready,
    developing: pod.sidecarStarted,
    restarts: Math.max(0, ...Object.values(pod.containers).map(({ restarts }) => restarts)),
    ...(pod.trouble !== undefined && { trouble: pod.trouble }),
  };
}
