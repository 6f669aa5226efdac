import type { KdevEvent } from '../core/event.ts';
import type { HeldDeletions, ServiceStatus } from '../core/service-status.ts';
import type { DaemonClient } from './call-daemon.ts';

/** What a running session says of itself. */
export interface SessionStatus {
  readonly services: readonly ServiceStatus[];
  readonly problems: readonly StandingProblem[];
  readonly paused: boolean;
  readonly held: readonly HeldDeletions[];
}

export type StandingProblem = Omit<Extract<KdevEvent, { event: 'problem' }>, 'event' | 'resolved'> & {
  /** When it came up last, RFC 3339. */
  readonly since: string;
};

/**
 * The controls of a session in another process, see `Controls` for what they do and throw; `daemon-gone` when it ends
 * meanwhile.
 */
export interface RemoteSession {
  status(signal?: AbortSignal): Promise<SessionStatus>;
  restart(service: string, signal?: AbortSignal): Promise<void>;
  rebuild(service: string, signal?: AbortSignal, options?: { readonly always?: boolean }): Promise<void>;
  pause(signal?: AbortSignal): Promise<void>;
  resume(signal?: AbortSignal): Promise<void>;
  settle(services: readonly string[], signal?: AbortSignal): Promise<readonly ServiceStatus[]>;
  release(service: string, signal?: AbortSignal): Promise<void>;
  keep(service: string, signal?: AbortSignal): Promise<void>;
  /** Asks it to end in order; resolves when it was told, not when it has ended. */
  stop(signal?: AbortSignal): Promise<void>;
  /** Hands on what happens from now on; never resolves. @throws `daemon-gone`; the signal's reason */
  follow(
    onEvent: (event: KdevEvent & { readonly time: string }) => void,
    signal?: AbortSignal,
  ): Promise<never>;
}

/** Asks a running session over a connection, which stays the caller's to close. */
export function askSession({ call }: Pick<DaemonClient, 'call'>): RemoteSession {
  const ask = <T>(method: string, params: unknown, signal: AbortSignal | undefined): Promise<T> =>
    call(method, params, signal) as Promise<T>;
  return {
    status: (signal) => ask('status', undefined, signal),
    restart: (service, signal) => ask('restart', { service }, signal),
    rebuild: (service, signal, { always = true } = {}) => ask('rebuild', { service, always }, signal),
    pause: (signal) => ask('pause', undefined, signal),
    resume: (signal) => ask('resume', undefined, signal),
    settle: (services, signal) => ask('settle', { services }, signal),
    release: (service, signal) => ask('release', { service }, signal),
    keep: (service, signal) => ask('keep', { service }, signal),
    stop: (signal) => ask('stop', undefined, signal),
    follow: (onEvent, signal) =>
      call('events', undefined, signal, (part) =>
        onEvent(part as Parameters<typeof onEvent>[0]),
      ) as Promise<never>,
  };
}
