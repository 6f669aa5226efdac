import type { SyncedReplica, SyncStages } from '../core/event.ts';
import type { Applied } from '../core/ports/endpoint.ts';

/** A change set on its way to the replicas of one service. */
export interface PendingSync {
  readonly seq: number;
  /** Wall clock of its oldest change, ms. */
  readonly at: number;
  readonly detectMs: number;
  /** Wall clock when it was handed to the replicas, ms. */
  readonly plannedAt: number;
}

export interface FinishedSync {
  readonly seq: number;
  readonly files: number;
  readonly bytes: number;
  readonly replicas: readonly SyncedReplica[];
  readonly stages: SyncStages;
}

interface Progress {
  readonly sync: PendingSync;
  readonly waiting: Set<string>;
  readonly replicas: SyncedReplica[];
  files: number;
  bytes: number;
  sendMs: number;
  applyMs: number;
}

/**
 * Tells when a change set has arrived at every replica that there was when it began. A replica that goes is waited
 * for no longer; one that reconnects later catches up by comparison and counts when its own sequence number says so.
 */
export class PendingSyncs {
  #progress: Progress[] = [];

  begin(sync: PendingSync, replicas: Iterable<string>): void {
    const waiting = new Set(replicas);
    if (waiting.size === 0) return;
    this.#progress.push({ sync, waiting, replicas: [], files: 0, bytes: 0, sendMs: 0, applyMs: 0 });
  }

  /** Counts a batch of a replica towards the change set whose number it carries. */
  addBatch(pod: string, applied: Applied, files: number): void {
    const progress = this.#progress.find(({ sync, waiting }) => sync.seq === applied.seq && waiting.has(pod));
    if (progress === undefined) return;
    progress.files = Math.max(progress.files, files);
    progress.bytes = Math.max(progress.bytes, applied.bytes);
    progress.sendMs = Math.max(progress.sendMs, applied.sendMs);
    progress.applyMs = Math.max(progress.applyMs, applied.applyMs);
  }

  /** A replica has the change sets `from` to `to`. Returns those that are complete now, oldest first. */
  arrive(
    replica: SyncedReplica,
    { from, to }: { readonly from: number; readonly to: number },
    now: number,
  ): FinishedSync[] {
    for (const { sync, waiting, replicas } of this.#progress) {
      const arrived = sync.seq >= from && sync.seq <= to;
      if (arrived && waiting.delete(replica.pod)) replicas.push(replica);
    }
    return this.#takeFinished(now);
  }

  /** A replica is gone. */
  leave(pod: string, now: number): FinishedSync[] {
    for (const { waiting } of this.#progress) waiting.delete(pod);
    return this.#takeFinished(now);
  }

  #takeFinished(now: number): FinishedSync[] {
    const complete = this.#progress.filter(({ waiting }) => waiting.size === 0);
    this.#progress = this.#progress.filter(({ waiting }) => waiting.size > 0);
    return complete.filter(({ replicas }) => replicas.length > 0).map((each) => finish(each, now));
  }
}

function finish(progress: Progress, now: number): FinishedSync {
  const { sync, files, bytes, replicas, sendMs, applyMs } = progress;
  // The wall clock may jump; a duration is never negative (A46).
  const total = Math.max(0, now - sync.at);
  const stages: SyncStages = {
    detect: round(sync.detectMs),
    settle: round(Math.max(0, sync.plannedAt - sync.at - sync.detectMs)),
    send: round(sendMs),
    apply: round(applyMs),
    total: round(total),
  };
  return { seq: sync.seq, files, bytes, replicas, stages };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
