import { KdevError } from '../core/error.ts';
import { orAbort } from '../core/or-abort.ts';
import type { Lane } from './lane.ts';
import type { SessionParts } from './session-parts.ts';

/**
 * Waits until the given services have everything that was on disk at the time of the call.
 *
 * 1. everything is compared with the file system, because hints may be late or lost;
 * 2. bursts end, and with them the restarts that are owed;
 * 3. rebuilds that are due are built and rolled out;
 * 4. every replica acknowledges what is in the local view.
 *
 * @throws KdevError what rebuilding threw; `sync-paused`, `mass-delete-held`, `session-superseded`; the signal's reason
 */
export async function settleLanes(
  options: SessionParts & { readonly lanes: readonly Lane[]; readonly signal: AbortSignal },
): Promise<void> {
  const { lanes, progress, signal } = options;
  await orAbort(options.watcher.rescan(), signal);
  for (;;) {
    signal.throwIfAborted();
    const heard = progress.next(signal);
    // Each is asked: what makes waiting useless for one ends it for all.
    const settled = lanes.map((lane) => isSettled(lane, options));
    if (!settled.includes(false)) return;
    await heard;
  }
}

/** @throws what makes waiting useless */
function isSettled(lane: Lane, options: SessionParts): boolean {
  const { status, rebuilds, inflow, replicasOf } = options;
  const { service, replicas } = lane;
  const { unsent = 0, held = 0 } = status().find((each) => each.service === service.name) ?? {};
  if (unsent > 0) throw paused();
  if (held > 0) throw massDelete(service.name, held);
  for (const { state, pod } of replicas.values()) if (state === 'superseded') throw superseded(pod);
  const rebuild = rebuilds.get(service.name);
  if (rebuild?.busy === true || !inflow.maySend || !inflow.mayRestart) return false;
  if (rebuild?.failure !== undefined) throw rebuild.failure;
  const wanted = replicasOf(service);
  if (wanted === undefined || replicas.size + lane.finished < wanted) return false;
  return [...replicas.values()].every(({ settled }) => settled);
}

function paused(): KdevError {
  return new KdevError({
    code: 'sync-paused',
    fault: 'user',
    what: 'Saves are not sent: syncing is paused in the running kdev watch.',
    cure: 'Let it go on there (the key that paused it), then try again.',
  });
}

function massDelete(service: string, held: number): KdevError {
  return new KdevError({
    code: 'mass-delete-held',
    fault: 'user',
    what: `${held} deletions of service ${service} wait for somebody to say that they are meant.`,
    why: 'So many files at once may also have gone by accident, so the containers keep them until then.',
    cure: 'Put the files back, or confirm in the terminal UI of kdev watch, or start it again with --yes.',
  });
}

function superseded(pod: string): KdevError {
  return new KdevError({
    code: 'session-superseded',
    fault: 'environment',
    what: `Another kdev watch has taken over ${pod}, so this one sends it nothing any more.`,
    cure: 'Use the other one, or start kdev watch again to take the service back.',
  });
}
