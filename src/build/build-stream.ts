import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { KdevError } from '../core/error.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import { toFsPath } from '../tree/path-bytes.ts';
import { readStable } from '../tree/stable-read.ts';
import { builderLost } from './build-failure.ts';
import type { SolveStatus } from './build-progress.ts';
import { builderContainer } from './builder-objects.ts';
import type { BuildContext, ContextEntry } from './context.ts';

/** images/builder/kdev-build/main.go describes the conversation. */
const protocol = 1;
const messageBytes = 256 * 1024;
/** How long the builder has to say how a cancelled build ended. */
const cancelMs = 5_000;

export interface BuildOutcome {
  readonly exitCode: number;
  /** What buildctl writes to its metadata file; absent when it failed. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

type BuilderMessage =
  | { readonly want: readonly string[] }
  | { readonly status: SolveStatus }
  | { readonly line: string }
  | { readonly done: BuildOutcome }
  | { readonly refused: { readonly code: string; readonly message: string; readonly path?: string } };

export interface BuildStreamOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly pod: string;
  readonly context: BuildContext;
  /** For `buildctl build`, see `buildctlArgs`. */
  readonly args: readonly string[];
  readonly onStatus: (status: SolveStatus) => void;
  /** What buildctl prints beside its progress. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One build in the builder pod over one exec: sends what the pod's store lacks of the context, then follows the
 * build. An abort stops the build in the pod, too.
 *
 * @throws KdevError `context-changed` when a file changed while it was sent (read the context again);
 * `builder-lost` when its pod went; `builder-failed`; what `Cluster.exec` throws; the signal's reason.
 */
export async function streamBuild(options: BuildStreamOptions): Promise<BuildOutcome> {
  const { context, signal } = options;
  signal?.throwIfAborted();
  const input = new PassThrough();
  const hardStop = new AbortController();
  let outcome: BuildOutcome | undefined;
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    // The end of the input is what stops a build.
    input.end();
  };
  const take = (message: BuilderMessage): void => {
    if ('want' in message) send(input, context, message.want, signal).catch(fail);
    else if ('status' in message) options.onStatus(message.status);
    else if ('line' in message) options.onLine(message.line);
    else if ('done' in message) outcome = message.done;
    else fail(refusal(message.refused));
  };
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    input.end();
    timer = setTimeout(() => hardStop.abort(signal?.reason), cancelMs);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  const stderr: string[] = [];
  try {
    input.write(`${JSON.stringify(requestOf(options))}\n`);
    await options.cluster.exec({
      namespace: options.namespace,
      pod: options.pod,
      container: builderContainer,
      command: ['/usr/bin/kdev-build', 'build'],
      stdin: input,
      stdout: lineWriter((line) => take(JSON.parse(line) as BuilderMessage)),
      stderr: lineWriter((line) => stderr.push(line)),
      signal: hardStop.signal,
    });
  } catch (error) {
    failure ??= error as Error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
  signal?.throwIfAborted();
  if (failure instanceof KdevError && failure.code === 'cluster-failed')
    throw builderLost(failure.what, failure);
  if (failure) throw failure;
  if (!outcome) throw builderLost(stderr.join('\n') || 'Its side of the build ended without a word.');
  return outcome;
}

function requestOf({ args, context }: BuildStreamOptions): object {
  return {
    protocol,
    tree: context.digest,
    entries: context.entries.map(wireEntry),
    dockerfile: context.dockerfile,
    args,
  };
}

function wireEntry({ path, entry }: ContextEntry): object {
  return {
    ...spell('path', path),
    ...entry,
    ...(entry.type === 'link' ? spell('target', entry.target) : {}),
  };
}

/** A name that is not UTF-8 goes as base64, because JSON knows text only. */
function spell(key: string, text: string): object {
  const bytes = toFsPath(text);
  return typeof bytes === 'string'
    ? { [key]: bytes }
    : { [key]: '', [`${key}Bytes`]: bytes.toString('base64') };
}

async function send(
  input: PassThrough,
  context: BuildContext,
  want: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const byDigest = new Map<string, string>();
  for (const { path, entry } of context.entries) if (entry.type === 'file') byDigest.set(entry.digest, path);
  // Each write is a message on the API server's websocket: many small files go together.
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (bytes === 0 || input.writableEnded) return;
    const message = Buffer.concat(gathered);
    gathered = [];
    bytes = 0;
    if (!input.write(message)) await once(input, 'drain');
  };
  for (const digest of want) {
    signal?.throwIfAborted();
    const path = byDigest.get(digest) ?? '';
    const reading = await readStable(`${context.root}/${path}`, signal ? { signal } : {});
    if (reading.type !== 'file' || reading.entry.digest !== digest) throw contextChanged(path);
    const pieces = typeof reading.content === 'function' ? reading.content() : [reading.content];
    for await (const piece of pieces) {
      gathered.push(piece);
      bytes += piece.length;
      if (bytes >= messageBytes) await flush();
    }
  }
  await flush();
}

function lineWriter(onLine: (line: string) => void): Writable {
  let rest = '';
  const decoder = new TextDecoder();
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) if (line !== '') onLine(line);
      done();
    },
  });
}

function refusal(refused: {
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}): KdevError {
  if (refused.code === 'changed') return contextChanged(refused.path ?? '');
  return new KdevError({
    code: 'builder-failed',
    fault: refused.code === 'malformed' ? 'kdev' : 'environment',
    what: 'The builder did not run the build.',
    why: refused.message,
    ...(refused.code === 'protocol' ? { cure: 'Use one version of kdev with this cluster’s builder.' } : {}),
  });
}

function contextChanged(path: string): KdevError {
  return new KdevError({
    code: 'context-changed',
    fault: 'environment',
    what: `${path} changed while it was sent to the builder.`,
    cure: 'kdev builds again by itself; wait until what writes it has ended.',
    where: path,
  });
}
