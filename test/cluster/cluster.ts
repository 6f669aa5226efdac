import { request } from 'node:http';
import { Writable } from 'node:stream';
import type { Cluster, PodFacts } from '../../src/core/ports/cluster.ts';
import type { WorkloadReference } from '../../src/core/service.ts';
import { createCluster } from '../../src/kubernetes/cluster.ts';

/** The box that the cluster tests share. */
export function testCluster(): Promise<Cluster> {
  return createCluster({ kubeconfig: { type: 'file', path: process.env['KDEV_TEST_KUBECONFIG'] ?? '' } });
}

/** What a command in a container printed; throws unless it ended with 0. */
export async function execIn(
  cluster: Cluster,
  pod: { readonly namespace: string; readonly pod: string; readonly container: string },
  command: readonly string[],
): Promise<string> {
  let output = '';
  const sink = () =>
    new Writable({
      write: (chunk, _encoding, done) => {
        output += chunk;
        done();
      },
    });
  const { exitCode } = await cluster.exec({ ...pod, command, stdout: sink(), stderr: sink() });
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}: ${output}`);
  return output;
}

/** Asks the app in one pod over HTTP, through a forward of its own; undefined while nobody answers. */
export async function askPod(
  cluster: Cluster,
  options: {
    readonly namespace: string;
    readonly pod: string;
    readonly port?: number;
    readonly path?: string;
  },
): Promise<string | undefined> {
  const { namespace, pod, port = 8080, path = '/' } = options;
  try {
    // A pod in its last moment may leave a request without an answer and without an end.
    const signal = AbortSignal.timeout(20_000);
    const stream = await cluster.portForward({ namespace, pod, port, signal });
    return await new Promise<string>((resolve, reject) => {
      const asked = request(
        { path, headers: { connection: 'close' }, createConnection: () => stream },
        (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => {
            body += chunk;
          });
          response.on('end', () => resolve(body));
          response.on('error', reject);
        },
      );
      stream.on('error', reject);
      stream.on('close', () => reject(new Error('closed')));
      asked.on('error', reject);
      asked.end();
    });
  } catch {
    return undefined; // nobody listens there yet
  }
}

/** Pods of a workload that are not on their way out. */
export async function podsOf(
  cluster: Cluster,
  namespace: string,
  name: string,
  kind: WorkloadReference['kind'] = 'Deployment',
): Promise<readonly PodFacts[]> {
  const done = new AbortController();
  try {
    return await new Promise<readonly PodFacts[]>((resolve) => {
      cluster.watchPods({
        namespace,
        workload: { kind, name },
        signal: done.signal,
        onPods: (pods) => resolve(pods.filter(({ deleting }) => !deleting)),
        onTrouble: () => undefined,
      });
    });
  } finally {
    done.abort();
  }
}

/** The app's first process of a container whose command is this, as its pod numbers it; empty when there is none. */
export async function appPid(
  cluster: Cluster,
  pod: { readonly namespace: string; readonly pod: string; readonly container: string },
  command: string,
): Promise<string> {
  const script = `for each in /proc/[0-9]*; do [ "$(tr '\\0' ' ' < $each/cmdline 2>/dev/null)" = "${command} " ] && basename $each; done; true`;
  return (await execIn(cluster, pod, ['sh', '-c', script])).trim();
}

/** Kills the first process of a container with its whole tree, as memory or the kubelet would. */
export async function killContainer(
  cluster: Cluster,
  pod: { readonly namespace: string; readonly pod: string; readonly container: string },
): Promise<void> {
  // The restarter of this container only: the pod shares one process namespace.
  const script = [
    'for stat in /proc/[0-9]*/stat; do',
    '  read -r pid name rest < "$stat" 2>/dev/null || continue',
    '  [ "$name" = "(restarter)" ] && kill -KILL "$pid"',
    'done',
  ].join('\n');
  await execIn(cluster, pod, ['sh', '-c', script]).catch(() => undefined); // it may end our own shell
}
