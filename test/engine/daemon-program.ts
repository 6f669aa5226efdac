// The laptop's side of the engine in a process of its own, as a test may kill it: options as JSON in argv, events as
// JSON lines on stdout, questions on stdin.
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { limitCluster } from '../../src/cli/limit-cluster.ts';
import { createDial } from '../../src/compose/dial.ts';
import type { WorkloadKeys } from '../../src/compose/workload-keys.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import type { Service } from '../../src/core/service.ts';
import { Session } from '../../src/session/session.ts';
import { createWatcher } from '../../src/watch/create-watcher.ts';

export interface DaemonOptions {
  readonly root: string;
  readonly service: Service;
  readonly keys: WorkloadKeys;
  /** By pod the socket that stands for its port-forward. */
  readonly links: Readonly<Record<string, string>>;
  readonly digestCacheFile?: string;
  /** A person said yes to every mass deletion beforehand. */
  readonly confirmed: boolean;
  /** What is sent to pods at most. @default as fast as it goes */
  readonly bytesPerSecond?: number | undefined;
}

const options = JSON.parse(process.argv[2] ?? '{}') as DaemonOptions;
const { root, service, keys, links } = options;
const say = (message: unknown): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

const watcher = createWatcher({
  root,
  scopes: service.mappings,
  ...(options.digestCacheFile !== undefined && { digestCacheFile: options.digestCacheFile }),
});
const forwards: Pick<Cluster, 'portForward'> = {
  portForward: ({ pod }) =>
    new Promise((resolve, reject) => {
      const socket = createConnection(links[pod] ?? '');
      socket.once('error', reject).once('connect', () => resolve(socket));
    }),
};
const cluster = limitCluster(forwards as Cluster, options.bytesPerSecond);
const session = new Session({
  services: [service],
  watcher,
  clock: systemClock,
  scrubEveryMs: 1_000,
  bus: { emit: (event) => say({ event }) },
  inBase: () => false,
  replicasOf: () => undefined,
  confirmed: options.confirmed,
  rebuild: () => Promise.resolve(),
  dial: createDial({
    cluster,
    namespace: 'engine',
    watcher,
    version: 'test',
    keysOf: () => keys,
    containerOf: () => 'app',
  }),
  watchPods: (_service, onPods) => {
    const facts = { phase: 'Running', deleting: false, ready: true, sidecarStarted: true, revision: '1' };
    onPods(Object.keys(links).map((name) => ({ name, uid: name, containers: {}, ...facts })));
  },
});

const lines = createInterface({ input: process.stdin });
await session.start(new AbortController().signal);
session.connect(service.name);
say({ started: true });
for await (const line of lines) {
  if (line === 'status') say({ status: session.status()[0] });
  if (line === 'stop') break;
}
await session.stop();
await watcher.stop();
process.exit(0);
