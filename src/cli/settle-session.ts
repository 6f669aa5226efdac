import { setTimeout as delay } from 'node:timers/promises';
import { count } from '../core/measures.ts';
import type { ServiceStatus } from '../core/service-status.ts';
import type { RemoteSession, SessionStatus } from '../daemon/session-client.ts';

/** A timer takes no more, ms: some 24 days. */
const longestMs = 2 ** 31 - 1;

/** A link that was lost mostly comes back within this time; while it does not, waiting is no use, ms. */
const linkDownMs = 1_200;
const pollMs = 100;

/** What became of waiting for a running session. */
export interface Settled extends SessionStatus {
  readonly inSync: boolean;
  /** What is missing, one sentence each; empty when in sync. */
  readonly missing: readonly string[];
}

/**
 * Waits until a running session has every edit of these services in every replica, until the time is over, or until
 * the link to all replicas of a service stays lost.
 *
 * @param services all of the session's when empty
 * @throws what `Controls.settle` throws; the signal's reason
 */
export async function settleSession(options: {
  readonly session: RemoteSession;
  readonly services: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}): Promise<Settled> {
  const { session, services, timeoutMs, signal } = options;
  const over = AbortSignal.timeout(Math.min(Math.ceil(timeoutMs), longestMs));
  const named = ({ service }: { readonly service: string }): boolean =>
    services.length === 0 || services.includes(service);
  const ended = new AbortController();
  const giveUp = AbortSignal.any([over, whenLinkStaysDown({ session, named, signal: ended.signal })]);
  try {
    const settled = await session.settle(services, AbortSignal.any([signal, giveUp]));
    const status = await session.status(signal);
    return { ...status, services: settled, inSync: true, missing: [] };
  } catch (error) {
    if (signal.aborted || !giveUp.aborted) throw error;
    const status = await session.status(signal);
    const statuses = status.services.filter(named);
    return { ...status, services: statuses, inSync: false, missing: statuses.flatMap(missingOf) };
  } finally {
    ended.abort();
  }
}

/** Aborts once a service has had no connection to any of its replicas for a while. */
function whenLinkStaysDown(options: {
  readonly session: RemoteSession;
  readonly named: (status: ServiceStatus) => boolean;
  readonly signal: AbortSignal;
}): AbortSignal {
  const { session, named, signal } = options;
  const down = new AbortController();
  const look = async (): Promise<void> => {
    let since: number | undefined;
    for (;;) {
      const { services } = await session.status(signal);
      const now = performance.now();
      since = services.some((status) => named(status) && isCutOff(status)) ? (since ?? now) : undefined;
      if (since !== undefined && now - since >= linkDownMs) return down.abort(new Error('the link is down'));
      await delay(pollMs, undefined, { signal });
    }
  };
  // Whatever ends the session's answers ends the waiting itself.
  look().catch(() => undefined);
  return down.signal;
}

/** A replica that was never reached may belong to a pod that is just starting. */
function isCutOff({ replicas, building }: ServiceStatus): boolean {
  const lost = replicas.filter(
    ({ state, why, incarnation }) => state === 'dialling' && why !== '' && incarnation !== '',
  );
  return !building && lost.length > 0 && lost.length === replicas.length;
}

function missingOf(status: ServiceStatus): readonly string[] {
  const { service, building, replicas, held = 0, unsent = 0, buildFailed, seq } = status;
  const missing = replicas
    .filter(({ inSync }) => !inSync)
    .map(({ pod, state, why, seq: at }) => {
      const where = state === 'live' ? `has #${at} of #${seq}` : state;
      return `${service}: ${pod} ${where}${why === '' ? '' : `: ${why}`}`;
    });
  if (replicas.length === 0) missing.push(`${service} has no replica yet`);
  if (building) missing.push(`${service} is being rebuilt`);
  if (buildFailed !== undefined) missing.push(`${service}: ${buildFailed}`);
  if (unsent > 0) missing.push(`${service}: ${count(unsent, 'path')} not sent, because syncing is paused`);
  if (held > 0) missing.push(`${service}: ${count(held, 'deletion')} wait for somebody to confirm them`);
  // In sync by itself, and yet not done: an app is restarting, or more replicas are to come.
  return missing.length > 0 ? missing : [`${service} is restarting or waits for more replicas`];
}
