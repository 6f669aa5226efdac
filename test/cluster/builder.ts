import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Cluster } from '../../src/core/ports/cluster.ts';

const namespace = 'kdev-builder';

/** What a command in the builder's pod prints. */
async function inBuilder(cluster: Cluster, command: readonly string[]): Promise<string> {
  const pods = await cluster.list({
    ...{ apiVersion: 'v1', kind: 'Pod', namespace },
    labelSelector: 'app.kubernetes.io/name=kdev-builder',
  });
  const pod = pods.find(({ metadata }) => metadata['deletionTimestamp'] === undefined)?.metadata.name;
  if (pod === undefined) return '';
  const stdout = new PassThrough();
  const printed = text(stdout);
  await cluster.exec({
    ...{ namespace, pod, container: 'buildkitd', command, stdout },
    stderr: new PassThrough().resume(),
  });
  stdout.end();
  return printed;
}

/** Ends a step that sleeps: its build goes on. */
export async function wakeBuilder(cluster: Cluster, command: string): Promise<void> {
  const isIt = '[ "$(tr "\\0" " " < "$each/cmdline" 2> /dev/null)" = "$0 " ]';
  const script = `cd /proc; for each in [0-9]*; do ${isIt} && kill "$each"; done; true`;
  await inBuilder(cluster, ['sh', '-c', script, command]);
}

/** Whether a text stands among the command lines of what runs in the builder: a step is under way. */
export async function runsInBuilder(cluster: Cluster, command: string): Promise<boolean> {
  return (await inBuilder(cluster, ['ps', '-ef'])).includes(command);
}
