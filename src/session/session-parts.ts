import type { Watcher } from '../core/ports/watcher.ts';
import type { Service } from '../core/service.ts';
import type { ServiceStatus } from '../core/service-status.ts';
import type { Bells } from './bells.ts';
import type { Inflow } from './inflow.ts';
import type { Lane } from './lane.ts';
import type { RebuildLane } from './rebuild-lane.ts';

/** What of a session its controls work with. */
export interface SessionParts {
  readonly lanes: readonly Lane[];
  /** By service. */
  readonly rebuilds: ReadonlyMap<string, RebuildLane>;
  readonly progress: Bells;
  readonly inflow: Inflow;
  readonly watcher: Pick<Watcher, 'rescan'>;
  readonly status: () => readonly ServiceStatus[];
  /** Lets out what a service holds back. */
  readonly release: (lane: Lane) => Promise<void>;
  readonly replicasOf: (service: Service) => number | undefined;
}
