import { pause, systemClock } from '../core/clock.ts';
import { askSession, type SessionStatus } from '../daemon/session-client.ts';
import type { Invocation } from './command.ts';
import type { OpenProject } from './open-project.ts';
import { findSession } from './serve-session.ts';
import { settleSession } from './settle-session.ts';

/** What `kdev wait --json` prints. */
export interface Waited {
  readonly project: string;
  readonly environment: string;
  readonly namespace: string;
  /** The running `kdev watch`; null when there is none. */
  readonly session: { readonly pid: number; readonly since: string; readonly version: string } | null;
  readonly inSync: boolean;
  /** One sentence each; empty when in sync. */
  readonly missing: readonly string[];
  readonly services: SessionStatus['services'];
  readonly problems: SessionStatus['problems'];
  /** How long it took, ms. */
  readonly ms: number;
}

/** A `kdev watch` that was started a moment ago in the background has this long to be there. */
const startMs = 3_000;
const pollMs = 50;

/** @throws what `findSession` and `settleSession` throw; the signal's reason */
export async function waitForSession(
  { project, environment }: OpenProject,
  services: readonly string[],
  timeoutMs: number,
  { surroundings, signal }: Pick<Invocation, 'surroundings' | 'signal'>,
): Promise<Waited> {
  const start = performance.now();
  const passed = (): number => performance.now() - start;
  const about = { project: project.name, environment: environment.name, namespace: environment.namespace };
  const place = { project, environment, surroundings };
  let client = await findSession(place);
  while (client === undefined && passed() < Math.min(startMs, timeoutMs)) {
    signal.throwIfAborted();
    await pause(systemClock, pollMs, signal);
    client = await findSession(place);
  }
  if (client === undefined) {
    const missing = ['no kdev watch runs here, so nobody brings anything up to date: start kdev watch'];
    const nothing = { session: null, inSync: false, services: [], problems: [] };
    return { ...about, ...nothing, missing, ms: Math.round(passed()) };
  }
  try {
    const { pid, since, version } = client.greeting;
    const session = askSession(client);
    const left = Math.max(0, timeoutMs - passed());
    const settled = await settleSession({ session, services, timeoutMs: left, signal });
    const { inSync, missing, problems } = settled;
    const ms = Math.round(passed());
    return {
      ...about,
      session: { pid, since, version },
      ...{ inSync, missing, services: settled.services, problems, ms },
    };
  } finally {
    client.close();
  }
}
