import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { pause, systemClock } from '../core/clock.ts';
import { KdevError, messageOf } from '../core/error.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { ApiAction } from './api-action.ts';
import type { ApiClient } from './api-client.ts';

const minBackoffMs = 100;
const maxBackoffMs = 5_000;
const pageSize = 500;

export interface FollowOptions {
  /** Path of the collection. */
  readonly path: string;
  readonly selectors: { readonly labelSelector?: string; readonly fieldSelector?: string };
  /** Verb aside: `list` and `watch` are filled in. */
  readonly action: Omit<ApiAction, 'verb'>;
  readonly signal: AbortSignal;
  /** All present objects, after the first list, after every change and after every recovery. */
  readonly onObjects: (objects: readonly KubernetesObject[]) => void;
  readonly onTrouble: (why: string) => void;
  /** The machine slept or has other addresses: what is told next may be what it was before. */
  readonly onWake?: () => void;
}

/** Lists, then watches from there; goes on after whatever breaks, until the signal. */
export function followObjects(client: ApiClient, options: FollowOptions): void {
  void follow(client, options);
}

async function follow(client: ApiClient, options: FollowOptions): Promise<void> {
  const { signal, onObjects } = options;
  const objects = new Map<string, KubernetesObject>();
  let version: string | undefined;
  let backoffMs = minBackoffMs;
  let troubled = false;
  let wake = new AbortController();
  client.wake.notice(signal, () => {
    client.credentials.dropIdle();
    wake.abort();
  });
  const announce = (): void => {
    if (!signal.aborted) onObjects([...objects.values()]);
  };

  while (!signal.aborted) {
    wake = new AbortController();
    const attempt = AbortSignal.any([signal, wake.signal]);
    try {
      if (version === undefined) {
        version = await listInto(client, options, attempt, objects);
        announce();
        troubled = false;
      }
      const response = await openWatch(client, options, version, attempt);
      if (troubled) announce();
      troubled = false;
      version = await applyEvents(response, objects, version, () => {
        backoffMs = minBackoffMs;
        announce();
      });
    } catch (error) {
      if (signal.aborted) return;
      if (wake.signal.aborted) {
        backoffMs = minBackoffMs;
        troubled = true;
        options.onWake?.();
        continue;
      }
      troubled = true;
      options.onTrouble(explain(error));
      await pause(systemClock, backoffMs, AbortSignal.any([signal, wake.signal]));
      backoffMs = Math.min(backoffMs * 2, maxBackoffMs);
    }
  }
}

function explain(error: unknown): string {
  if (!(error instanceof KdevError)) return messageOf(error);
  return error.why === undefined ? error.what : `${error.what} ${error.why}`;
}

async function listInto(
  client: ApiClient,
  { path, selectors, action }: FollowOptions,
  signal: AbortSignal,
  objects: Map<string, KubernetesObject>,
): Promise<string> {
  const fresh = new Map<string, KubernetesObject>();
  let version = '';
  let next: string | undefined;
  do {
    const page = (await client.json({
      method: 'GET',
      path,
      query: { ...selectors, limit: pageSize, continue: next },
      action: { ...action, verb: 'list' },
      signal,
    })) as {
      items?: readonly KubernetesObject[];
      metadata: { resourceVersion: string; continue?: string };
    };
    for (const item of page.items ?? []) fresh.set(uidOf(item), item);
    version = page.metadata.resourceVersion;
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  objects.clear();
  for (const [uid, item] of fresh) objects.set(uid, item);
  return version;
}

function openWatch(
  client: ApiClient,
  { path, selectors, action }: FollowOptions,
  resourceVersion: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return client.request({
    method: 'GET',
    path,
    query: { ...selectors, watch: true, allowWatchBookmarks: true, resourceVersion },
    action: { ...action, verb: 'watch' },
    signal,
  });
}

type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubernetesObject }
  | { readonly type: 'ERROR'; readonly object: { readonly code?: number; readonly message?: string } };

/**
 * Reads events until the stream ends; `onChange` comes once per received chunk that changed something.
 *
 * @returns the version to go on from; `undefined` when it is too old and everything must be listed again.
 */
async function applyEvents(
  response: IncomingMessage,
  objects: Map<string, KubernetesObject>,
  from: string,
  onChange: () => void,
): Promise<string | undefined> {
  const decoder = new StringDecoder('utf8');
  let version = from;
  let rest = '';
  for await (const chunk of response) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = lines.pop() ?? '';
    let changed = false;
    for (const line of lines) {
      if (line === '') continue;
      const event = JSON.parse(line) as WatchEvent;
      if (event.type === 'ERROR') {
        if (event.object.code === 410) return undefined;
        throw new Error(event.object.message ?? 'the watch ended with an error');
      }
      version = String(event.object.metadata['resourceVersion']);
      if (event.type === 'BOOKMARK') continue;
      changed = true;
      if (event.type === 'DELETED') objects.delete(uidOf(event.object));
      else objects.set(uidOf(event.object), event.object);
    }
    if (changed) onChange();
  }
  return version;
}

function uidOf(object: KubernetesObject): string {
  return String(object.metadata['uid']);
}
