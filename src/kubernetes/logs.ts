import { StringDecoder } from 'node:string_decoder';
import { KdevError } from '../core/error.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { ApiClient, ApiQuery } from './api-client.ts';
import { createLogOverlap, type LogOverlap } from './log-overlap.ts';
import { waitOrAbort } from './wait.ts';

const minBackoffMs = 100;
const maxBackoffMs = 2_000;

/** Marks failures that the kubelet wrote into the log: they pass. */
const kubeletChatter = { reason: 'kubelet' } as const;

type LogOptions = Parameters<Cluster['logs']>[0];

interface LogLine {
  readonly time: string;
  readonly line: string;
}

/**
 * The lines of one container, once each, through container restarts and lost connections. Ends with the pod, with
 * the signal, or, unless it follows, with what is there.
 */
export async function* readLogs(client: ApiClient, options: LogOptions): AsyncGenerator<LogLine> {
  const { follow, signal } = options;
  const overlap = createLogOverlap();
  let backoffMs = minBackoffMs;
  let seenId: string | undefined;
  let answered = false;
  while (!signal?.aborted) {
    try {
      const state = follow ? await containerState(client, options) : undefined;
      if (state?.id !== undefined) {
        // The old container may have said its last words while the connection was down.
        if (seenId !== undefined && seenId !== state.id) yield* readPrevious(client, options, overlap);
        seenId = state.id;
      }
      const query: ApiQuery = { follow, tailLines: answered ? undefined : options.tail };
      for await (const line of readOnce(client, options, query, overlap)) {
        answered = true;
        backoffMs = minBackoffMs;
        yield line;
      }
      answered = true;
      if (!follow || state?.podEnded) return;
    } catch (error) {
      if (signal?.aborted) return;
      if (follow && answered && codeOf(error) === 'cluster-rejected' && httpCodeOf(error) === 404) return;
      if (!follow || !canPass(error, answered)) throw error;
    }
    await waitOrAbort(backoffMs, signal);
    backoffMs = Math.min(backoffMs * 2, maxBackoffMs);
  }
}

async function* readPrevious(
  client: ApiClient,
  options: LogOptions,
  overlap: LogOverlap,
): AsyncGenerator<LogLine> {
  try {
    yield* readOnce(client, options, { previous: true }, overlap);
  } catch (error) {
    // The kubelet has removed that container already: nothing to be had.
    if (codeOf(error) !== 'cluster-rejected') throw error;
  }
}

async function* readOnce(
  client: ApiClient,
  options: LogOptions,
  query: ApiQuery,
  overlap: LogOverlap,
): AsyncGenerator<LogLine> {
  const { namespace, pod, container, signal } = options;
  overlap.begin();
  const response = await client.request({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`,
    query: { container, timestamps: true, sinceTime: overlap.since, ...query },
    action: { verb: 'get', resource: 'pods/log', name: pod, namespace },
    signal,
    // The kubelet sends the response's head together with the first line.
    ...(query['follow'] === true && { answerMs: 0 }),
  });
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of response) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = lines.pop() ?? '';
    for (const stamped of lines) {
      refuseChatter(stamped, options);
      if (overlap.admit(stamped)) yield splitStamp(stamped);
    }
  }
  if (rest === '') return;
  refuseChatter(rest, options);
  if (overlap.admit(rest)) yield splitStamp(rest);
}

/** A log that the kubelet cannot read (rotated, or the container just removed) it explains within the stream itself. */
function refuseChatter(stamped: string, { pod, container }: LogOptions): void {
  if (/^\d{4}-\d\d-\d\dT\S+( |$)/.test(stamped)) return;
  throw new KdevError({
    code: 'cluster-failed',
    fault: 'environment',
    what: `The log of ${pod}/${container} cannot be read.`,
    why: `The kubelet says: ${stamped}`,
    cause: kubeletChatter,
  });
}

function splitStamp(stamped: string): LogLine {
  const space = stamped.indexOf(' ');
  return space < 0
    ? { time: stamped, line: '' }
    : { time: stamped.slice(0, space), line: stamped.slice(space + 1) };
}

interface PodStatus {
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly name: string; readonly containerID?: string }[];
    readonly initContainerStatuses?: readonly { readonly name: string; readonly containerID?: string }[];
  };
}

async function containerState(
  client: ApiClient,
  { namespace, pod, container, signal }: LogOptions,
): Promise<{ readonly id: string | undefined; readonly podEnded: boolean }> {
  const { status } = (await client.json({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods/${pod}`,
    action: { verb: 'get', resource: 'pods', name: pod, namespace },
    signal,
  })) as PodStatus;
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return {
    id: all.find(({ name }) => name === container)?.containerID,
    podEnded: status?.phase === 'Succeeded' || status?.phase === 'Failed',
  };
}

/** Whether a follower waits and asks again: a container that is about to start, or a link that was there before. */
function canPass(error: unknown, answered: boolean): boolean {
  const code = codeOf(error);
  // A stream that breaks off in the middle is a plain error of Node's.
  if (code === undefined) return answered;
  if ((error as KdevError).cause === kubeletChatter) return true;
  if (code === 'cluster-unreachable' || code === 'cluster-failed') return answered;
  return code === 'cluster-rejected' && /waiting to start|PodInitializing|not available/.test(whyOf(error));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof KdevError ? error.code : undefined;
}

function whyOf(error: unknown): string {
  return error instanceof KdevError ? (error.why ?? '') : '';
}

function httpCodeOf(error: unknown): number | undefined {
  return error instanceof KdevError ? (error.cause as { code?: number } | undefined)?.code : undefined;
}
