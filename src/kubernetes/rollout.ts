import { type Clock, systemClock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { WorkloadReference } from '../core/service.ts';
import { type Diagnosis, diagnose } from './rollout-diagnosis.ts';
import { isRolledOut, progressOf } from './rollout-state.ts';

const lookMs = 500;
const diagnoseMs = 1_000;
const defaultTimeoutMs = 180_000;

export interface RolloutOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly workload: WorkloadReference;
  /** @default 180 000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** What has held it up for some seconds, in one line, whenever that changes; `undefined` = nothing any more. */
  readonly onTrouble?: (why: string | undefined) => void;
  readonly clock?: Clock;
}

/**
 * Resolves when all pods are of the workload's present template and ready, and the old ones are gone.
 *
 * @throws `image-pull-failed`, `pod-unschedulable`, `pod-not-ready`, `cluster-rejected` (the pods are refused) as soon
 * as waiting is no use, at the latest after `timeoutMs`; the signal's reason
 */
export async function waitForRollout(options: RolloutOptions): Promise<void> {
  const { cluster, namespace, workload, clock = systemClock, timeoutMs = defaultTimeoutMs } = options;
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const bell = createBell(clock, signal);
  const patience = createPatience(clock, options.onTrouble ?? (() => undefined));
  const deadline = clock.monotonic() + timeoutMs;
  let nextDiagnosis = clock.monotonic();
  cluster.watchPods({ namespace, workload, signal, onPods: bell.ring, onTrouble: () => undefined });
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const object = await present(cluster, namespace, workload);
      if (isRolledOut(object)) return;
      if (clock.monotonic() >= nextDiagnosis) {
        patience.consider(await diagnose(cluster, object));
        nextDiagnosis = clock.monotonic() + diagnoseMs;
      }
      if (clock.monotonic() >= deadline) throw patience.last?.error() ?? timeoutError(object, timeoutMs);
      await bell.wait(lookMs);
    }
  } finally {
    stop.abort();
  }
}

async function present(
  cluster: Cluster,
  namespace: string,
  { kind, name }: WorkloadReference,
): Promise<KubernetesObject> {
  const apiVersion = kind === 'Pod' ? 'v1' : kind === 'Job' ? 'batch/v1' : 'apps/v1';
  const object = await cluster.get({ apiVersion, kind, name, namespace });
  if (object) return object;
  throw new KdevError({
    code: 'pod-not-ready',
    fault: 'environment',
    what: `${kind} ${name} in namespace ${namespace} is not there any more.`,
    why: 'Somebody deleted it while kdev waited for its pods.',
    cure: 'Run "kdev up" again.',
  });
}

/** Wakes the waiter early when the pods change. */
function createBell(
  clock: Clock,
  signal: AbortSignal,
): { ring: () => void; wait: (ms: number) => Promise<void> } {
  let wake: (() => void) | undefined;
  const ring = (): void => wake?.();
  signal.addEventListener('abort', ring, { once: true });
  return {
    ring,
    wait: (ms) =>
      new Promise((resolve) => {
        const cancel = clock.after(ms, () => wake?.());
        wake = () => {
          wake = undefined;
          cancel();
          resolve();
        };
        if (signal.aborted) wake();
      }),
  };
}

/** Trouble that goes away by itself within this is not worth a word: every app refuses its first probe, ms. */
const tellAfterMs = 5_000;

/** Remembers since when the present trouble lasts; tells it once it stays, throws it once that is too long. */
function createPatience(
  clock: Clock,
  onTrouble: (why: string | undefined) => void,
): { readonly last: Diagnosis | undefined; consider: (now: Diagnosis | undefined) => void } {
  let last: Diagnosis | undefined;
  let told: string | undefined;
  let since = 0;
  return {
    get last() {
      return last;
    },
    consider(now) {
      if (now === undefined || last === undefined || now.patienceMs !== last.patienceMs)
        since = clock.monotonic();
      last = now;
      const lasted = clock.monotonic() - since;
      const worthTelling = now && lasted >= Math.min(tellAfterMs, now.patienceMs) ? now.text : undefined;
      if (worthTelling !== told) onTrouble(worthTelling);
      told = worthTelling;
      if (now && lasted >= now.patienceMs) throw now.error();
    },
  };
}

function timeoutError(object: KubernetesObject, timeoutMs: number): KdevError {
  const { kind, metadata } = object;
  return new KdevError({
    code: 'pod-not-ready',
    fault: 'environment',
    what: `${kind} ${metadata.name} is not rolled out after ${Math.round(timeoutMs / 1000)} s.`,
    why: `${progressOf(object)}; the cluster names no reason.`,
    cure: `See "kdev logs" and "kubectl -n ${metadata.namespace ?? 'default'} describe ${kind.toLowerCase()} ${metadata.name}".`,
  });
}
