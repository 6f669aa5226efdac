import type { Clock } from '../core/clock.ts';
import type { Bus, SyncedReplica } from '../core/event.ts';
import type { ServiceRules } from '../core/rules.ts';
import type { Service } from '../core/service.ts';
import type { PendingSyncs } from './pending-syncs.ts';
import type { RebuildRequest } from './rebuild-lane.ts';
import type { ReplicaListener } from './replica-port.ts';
import type { ReplicaProblems } from './replica-problems.ts';
import { reportRuns } from './run-reports.ts';

/** What the replicas of one service tell, made into events, and the questions they have, answered. */
export function listenToReplicas(
  options: Pick<ReplicaListener, 'mayRestart' | 'maySend' | 'isWhole' | 'mayRemove' | 'onProgress'> & {
    readonly service: Service;
    readonly rules: ServiceRules;
    readonly bus: Bus;
    readonly clock: Clock;
    readonly pending: PendingSyncs;
    readonly problems: ReplicaProblems;
    readonly onRebuild: RebuildRequest;
    readonly onOtherImage: (pod: string) => void;
    /** A newer session has written to the pod. */
    readonly onSuperseded: (why: string) => void;
  },
): ReplicaListener {
  const { rules, bus, clock, pending, problems, onProgress } = options;
  const { mayRestart, maySend, isWhole, mayRemove } = options;
  const service = options.service.name;
  return {
    ...reportRuns(options),
    ...{ mayRestart, maySend, isWhole, mayRemove, onProgress },
    needsRestart: (path) =>
      rules.sources(path).some((source) => rules.restartPattern(source.path) !== undefined),
    onApplied: (replica, applied, { files }) => pending.addBatch(replica.pod, applied, files),
    onArrived: (replica, arrived) => {
      problems.resolve(replica.pod);
      const { pod, digest, incarnation } = replica;
      const facts: SyncedReplica = { pod, digest, incarnation };
      for (const sync of pending.arrive(facts, arrived, clock.now()))
        bus.emit({ event: 'synced', service, ...sync });
      onProgress();
    },
    onState: (replica, state, why, code) => {
      onProgress();
      if (state === 'superseded') {
        options.onSuperseded(why);
      } else if (state === 'dialling' && why !== '') {
        const message = code === 'link-lost' ? `no connection to ${replica.pod}: ${why}` : why;
        problems.report(replica.pod, { code, message });
      }
    },
    onRestarted: (replica, { oldPid, newPid, ms }) =>
      bus.emit({ event: 'restarted', service, seq: replica.seq, replica: replica.pod, oldPid, newPid, ms }),
    onApp: (replica, app, stale) =>
      bus.emit({
        event: 'app',
        service,
        replica: replica.pod,
        state: app.state,
        stale,
        ...(app.exit?.code != null && { exitCode: app.exit.code }),
        ...(app.exit?.signal != null && { signal: app.exit.signal }),
      }),
    onProblem: (replica, code, message) => {
      problems.report(replica.pod, { code, message });
      if (code === 'other-image') options.onOtherImage(replica.pod);
    },
  };
}
