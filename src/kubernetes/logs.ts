import { StringDecoder } from 'node:string_decoder';
import { pause, systemClock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { Cluster, LoggedLine } from '../core/ports/cluster.ts';
import type { ApiClient, ApiQuery } from './api-client.ts';
import { createLogOverlap, type LogOverlap } from './log-overlap.ts';
import { type LoggedContainer, readLoggedContainer } from './logged-container.ts';

const minBackoffMs = 100;
const maxBackoffMs = 2_000;

/** Marks failures that the kubelet wrote into the log: they pass. */
const kubeletChatter = { reason: 'kubelet' } as const;

export type LogOptions = Parameters<Cluster['logs']>[0];
type Batches = AsyncGenerator<readonly LoggedLine[]>;

/** The lines of one container, in batches, once each; see `Cluster.logs`. */
export async function* readLogs(client: ApiClient, options: LogOptions): Batches {
  const request: LogRequest = { client, options, overlap: createLogOverlap() };
  if (options.follow) yield* followContainer(request);
  else yield* readOnce(request, { ...firstQuery(options), previous: options.previous });
}

interface LogRequest {
  readonly client: ApiClient;
  readonly options: LogOptions;
  readonly overlap: LogOverlap;
}

function firstQuery({ tail, sinceMs }: LogOptions): ApiQuery {
  return {
    tailLines: tail,
    sinceSeconds: sinceMs === undefined ? undefined : Math.max(1, Math.ceil(sinceMs / 1_000)),
  };
}

/**
 * One request after the other, each from where the one before it has ended. Which container answers, the server does
 * not say: so the container is asked for before each request and, after a cut, once more when the answer begins.
 */
async function* followContainer(request: LogRequest): Batches {
  const { client, options, overlap } = request;
  const { signal } = options;
  let backoffMs = minBackoffMs;
  let seen: LoggedContainer | undefined;
  /** When it was first asked, by the server's clock: where a log goes on that has had no line yet. */
  let began: string | undefined;
  let cut = false;
  let looking: boolean;
  while (!signal?.aborted) {
    looking = true;
    try {
      const now = await readLoggedContainer(client, options);
      if (now.otherPod) return;
      looking = false;
      // The old container may have said its last words while the connection was down, or all of them between two looks.
      if (seen !== undefined && isAnother(now, seen)) yield* readPrevious(request);
      if (now.id !== undefined || seen === undefined) seen = now;
      const from = overlap.since ?? began;
      const query = from === undefined ? firstQuery(options) : { sinceTime: from };
      began ??= now.at;
      const stillIt = async (): Promise<boolean> => {
        const then = await readLoggedContainer(client, options);
        return then.id === now.id && !then.otherPod;
      };
      for await (const batch of readOnce(
        request,
        { follow: true, ...query },
        {
          ...(cut && { stillIt }),
          isOver: (then) => then.id !== now.id || !then.running,
        },
      )) {
        cut = false;
        backoffMs = minBackoffMs;
        yield batch;
      }
      if (now.podEnded) return;
    } catch (error) {
      if (signal?.aborted) return;
      // A kubelet does not know a pod yet that was made a moment ago; one that is gone the next look tells.
      const isMissing = seen !== undefined && httpCodeOf(error) === 404;
      if (isMissing && looking) return;
      if (!isMissing && !canPass(error)) throw error;
      cut = true;
    }
    await pause(systemClock, backoffMs, signal);
    backoffMs = Math.min(backoffMs * 2, maxBackoffMs);
  }
}

function isAnother(now: LoggedContainer, seen: LoggedContainer): boolean {
  if (now.id === undefined) return false;
  return seen.id === undefined ? now.restarts > seen.restarts : now.id !== seen.id;
}

async function* readPrevious(request: LogRequest): Batches {
  const { since } = request.overlap;
  const from = since === undefined ? firstQuery(request.options) : { sinceTime: since };
  try {
    yield* readOnce(request, { previous: true, ...from });
  } catch (error) {
    // The kubelet has removed that container already: nothing to be had.
    if (codeOf(error) !== 'cluster-rejected') throw error;
  }
}

interface Checks {
  /** Asked when the first bytes are there; where it is not, they are left for another request. */
  readonly stillIt?: () => Promise<boolean>;
  /** Whether a last line without an end is all there will be of it. */
  readonly isOver?: (container: LoggedContainer) => boolean;
}

async function* readOnce(
  { client, options, overlap }: LogRequest,
  query: ApiQuery,
  checks: Checks = {},
): Batches {
  const { namespace, pod, container, signal } = options;
  overlap.begin();
  const response = await client.request({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`,
    query: { container, timestamps: true, ...query },
    action: { verb: 'get', resource: 'pods/log', name: pod, namespace },
    signal,
    // The kubelet sends the response's head together with the first line.
    ...(query['follow'] === true && { answerMs: 0 }),
  });
  const admit = (stamped: readonly string[]): LoggedLine[] => {
    const batch: LoggedLine[] = [];
    for (const line of stamped) {
      refuseChatter(line, options);
      if (overlap.admit(line)) batch.push(splitStamp(line));
    }
    return batch;
  };
  const decoder = new StringDecoder('utf8');
  /** Of a line whose end has not come yet; joined once, however many pieces it comes in. */
  let pieces: string[] = [];
  let checked = checks.stillIt === undefined;
  for await (const chunk of response) {
    if (!checked && !(await checks.stillIt?.())) return;
    checked = true;
    const text = decoder.write(chunk as Buffer);
    const end = text.lastIndexOf('\n');
    if (end === -1) {
      pieces.push(text);
      continue;
    }
    const lines = (pieces.join('') + text.slice(0, end)).split('\n');
    pieces = end + 1 < text.length ? [text.slice(end + 1)] : [];
    const batch = admit(lines);
    if (batch.length > 0) yield batch;
  }
  const rest = pieces.join('');
  if (rest === '') return;
  if (checks.isOver && !checks.isOver(await readLoggedContainer(client, options))) return;
  const batch = admit([rest]);
  if (batch.length > 0) yield batch;
}

/** A log that the kubelet cannot read (rotated, or the container just removed) it explains within the stream itself. */
function refuseChatter(stamped: string, { pod, container }: LogOptions): void {
  if (isStamp.test(stamped)) return;
  throw new KdevError({
    code: 'cluster-failed',
    fault: 'environment',
    what: `The log of ${pod}/${container} cannot be read.`,
    why: `The kubelet says: ${stamped}`,
    cause: kubeletChatter,
  });
}

const isStamp = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)(?: |$)/;

function splitStamp(stamped: string): LoggedLine {
  const space = stamped.indexOf(' ');
  return space < 0
    ? { time: stamped, line: '' }
    : { time: stamped.slice(0, space), line: stamped.slice(space + 1) };
}

/** Whether a follower waits and asks again: a container that is about to start, a link or a node that is not there. */
function canPass(error: unknown): boolean {
  const code = codeOf(error);
  // A stream that breaks off in the middle is a plain error of Node's.
  if (code === undefined) return typeof (error as NodeJS.ErrnoException).code === 'string';
  if (code === 'cluster-unreachable' || code === 'cluster-failed') return true;
  const why = error instanceof KdevError ? (error.why ?? '') : '';
  return code === 'cluster-rejected' && /waiting to start|PodInitializing|not available/.test(why);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof KdevError ? error.code : undefined;
}

function httpCodeOf(error: unknown): number | undefined {
  return error instanceof KdevError ? (error.cause as { code?: number } | undefined)?.code : undefined;
}
