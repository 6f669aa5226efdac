import { PassThrough } from 'node:stream';
import type { Cluster } from '../core/ports/cluster.ts';
import type { TestSuite } from '../core/service.ts';
import type { ContainerPlace } from './run-in-container.ts';
import { argvOf } from './suite-command.ts';

/** A report longer than this is none that anybody reads. */
const maxBytes = 64 * 1024 * 1024;

/** Takes a former run's report away, so that it is not read for this one's. */
export async function removeReport(
  cluster: Pick<Cluster, 'exec'>,
  place: ContainerPlace,
  suite: TestSuite,
): Promise<void> {
  await runQuietly(cluster, place, suite, ['rm', '-f', '--', suite.junit ?? '']);
}

/** What the suite's tool has written; undefined when it has written nothing. */
export async function readReport(
  cluster: Pick<Cluster, 'exec'>,
  place: ContainerPlace,
  suite: TestSuite,
): Promise<string | undefined> {
  const found = await runQuietly(cluster, place, suite, ['cat', '--', suite.junit ?? '']);
  return found === '' ? undefined : found;
}

/** Its output, or nothing when it failed: the verdict does not hang on a report. */
async function runQuietly(
  cluster: Pick<Cluster, 'exec'>,
  place: ContainerPlace,
  { cwd }: TestSuite,
  command: readonly string[],
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stdout = new PassThrough().on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
  });
  const stderr = new PassThrough().resume();
  const argv = argvOf(command, { cwd, extra: [], colours: false });
  const { exitCode } = await cluster
    .exec({ ...place, command: argv, stdout, stderr })
    .catch(() => ({ exitCode: -1 }));
  return exitCode === 0 && bytes <= maxBytes ? Buffer.concat(chunks).toString('utf8') : '';
}
