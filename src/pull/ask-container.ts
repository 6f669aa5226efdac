import { PassThrough, Readable, type Writable } from 'node:stream';
import { KdevError } from '../core/error.ts';
import { podLayout } from '../core/pod-layout.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import { type ListedFile, parseListing } from './listed-file.ts';

export interface ContainerReference {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly signal: AbortSignal;
}

/** Files and links below the paths, through the restarter, which is in every container that kdev prepared. @throws `pull-failed` */
export async function listContainer(
  place: ContainerReference,
  roots: readonly string[],
): Promise<readonly ListedFile[]> {
  const out = gather();
  const errors = gather();
  const { exitCode } = await exec(place, ['list', ...roots], { stdout: out.sink, stderr: errors.sink });
  if (exitCode > 1) throw failed(place, errors.text());
  return parseListing(out.text());
}

/** A tar of the paths; its stream fails with `pull-failed` when the container could not make it. */
export function packContainer(place: ContainerReference, paths: readonly string[]): Readable {
  const archive = new PassThrough();
  const errors = gather();
  const names = Readable.from([Buffer.from(`${paths.map((each) => `${each}\0`).join('')}\0`)]);
  exec(place, ['pack'], { stdin: names, stdout: archive, stderr: errors.sink })
    .then(({ exitCode }) => {
      if (exitCode !== 0) archive.destroy(failed(place, errors.text()));
      else archive.end();
    })
    .catch((error: unknown) =>
      archive.destroy(error instanceof Error ? error : failed(place, String(error))),
    );
  return archive;
}

function exec(
  { cluster, signal, namespace, pod, container }: ContainerReference,
  args: readonly string[],
  streams: { readonly stdin?: Readable; readonly stdout: Writable; readonly stderr: Writable },
): Promise<{ readonly exitCode: number }> {
  const command = [podLayout.restarterBinary, ...args];
  return cluster.exec({ namespace, pod, container, command, ...streams, signal });
}

function gather(): { readonly sink: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const sink = new PassThrough();
  sink.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { sink, text: () => Buffer.concat(chunks).toString() };
}

function failed({ pod, container }: ContainerReference, said: string): KdevError {
  return new KdevError({
    code: 'pull-failed',
    fault: 'environment',
    what: `The files of container ${container} in ${pod} could not be read.`,
    ...(said.trim() !== '' && { why: said.trim().slice(0, 500) }),
    cure: 'Run the command again; if the container was made by an older kdev, run `kdev up` first.',
  });
}
