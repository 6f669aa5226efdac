import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { KdevError } from '../core/error.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { RegistryCredentials } from '../core/ports/registry-credentials.ts';
import { readStable } from '../tree/stable-read.ts';
import { type AgentMessage, AgentRelay } from './agent-relay.ts';
import { builderLost } from './build-failure.ts';
import type { SolveStatus } from './build-progress.ts';
import type { Confidential } from './build-secrets.ts';
import { builderContainer } from './builder-objects.ts';
import type { BuildContext } from './context.ts';
import { tellContext, tellEntries } from './context-delta.ts';

/** images/builder/kdev-build/main.go describes the conversation. */
const protocol = 2;
const messageBytes = 256 * 1024;
/** How long the builder has to say how a cancelled build ended. */
const cancelMs = 5_000;

export interface BuildOutcome {
  readonly exitCode: number;
  /** What buildctl writes to its metadata file; absent when it failed. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

type BuilderMessage =
  | { readonly whole: true }
  | { readonly want: readonly string[] }
  | { readonly status: SolveStatus }
  | { readonly line: string }
  | { readonly ask: { readonly id: number; readonly host: string } }
  | { readonly agent: AgentMessage }
  | { readonly done: BuildOutcome }
  | { readonly refused: { readonly code: string; readonly message: string; readonly path?: string } };

export interface BuildStreamOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly pod: string;
  /** Equal for the contexts of one image. */
  readonly source: string;
  readonly context: BuildContext;
  /** One that this pod was sent before: what differs from it is told. @default the whole context is told */
  readonly base?: BuildContext | undefined;
  /** For `buildctl build`, see `buildctlArgs`. */
  readonly args: readonly string[];
  /** @default no secrets and no agent */
  readonly confidential?: Confidential | undefined;
  /** @default nobody anywhere */
  readonly credentials?: RegistryCredentials | undefined;
  readonly onStatus: (status: SolveStatus) => void;
  /** What buildctl prints beside its progress. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One build in the builder pod over one exec: sends what the pod's store lacks of the context, then follows the
 * build and answers its questions. An abort stops the build in the pod, too.
 *
 * @throws KdevError `context-changed` when a file changed while it was sent (read the context again);
 * `builder-lost` when its pod went; `builder-failed`; what `Cluster.exec` and the credentials throw; the signal's
 * reason.
 */
export async function streamBuild(options: BuildStreamOptions): Promise<BuildOutcome> {
  const { confidential, context, signal } = options;
  signal?.throwIfAborted();
  const input = new PassThrough();
  const say = (message: object): void => {
    if (!input.writableEnded) input.write(`${JSON.stringify(message)}\n`);
  };
  const hardStop = new AbortController();
  let outcome: BuildOutcome | undefined;
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    // The end of the input is what stops a build.
    input.end();
  };
  const relay =
    confidential?.agent === undefined
      ? undefined
      : new AgentRelay(confidential.agent.socket, (agent) => say({ agent }));
  const answer = async ({ host, id }: { readonly id: number; readonly host: string }): Promise<void> => {
    const login = await options.credentials?.find(host, signal);
    if (!login) say({ answer: { id } });
    else if ('identityToken' in login)
      say({ answer: { id, username: '<token>', secret: login.identityToken } });
    else say({ answer: { id, username: login.username, secret: login.password } });
  };
  const take = (message: BuilderMessage): void => {
    if ('want' in message) send(input, context, message.want, signal).catch(fail);
    else if ('status' in message) options.onStatus(message.status);
    else if ('line' in message) options.onLine(message.line);
    else if ('whole' in message) say({ entries: tellEntries(context.entries) });
    else if ('ask' in message) answer(message.ask).catch(fail);
    else if ('agent' in message) relay?.take(message.agent);
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
    say(requestOf(options));
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
    relay?.close();
    signal?.removeEventListener('abort', onAbort);
  }
  signal?.throwIfAborted();
  if (failure instanceof KdevError && failure.code === 'cluster-failed')
    throw builderLost(failure.what, failure);
  if (failure) throw failure;
  if (!outcome) throw builderLost(stderr.join('\n') || 'Its side of the build ended without a word.');
  return outcome;
}

function requestOf({ args, base, confidential, context, source }: BuildStreamOptions): object {
  const secrets = [...(confidential?.secrets ?? [])];
  return {
    protocol,
    ...tellContext(source, context, base),
    dockerfile: context.dockerfile,
    args,
    ssh: confidential?.agent?.ids ?? [],
    secrets: Object.fromEntries(secrets.map(([id, content]) => [id, content.toString('base64')])),
  };
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
