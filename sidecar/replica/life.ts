import type { ContainerFiles } from '../files/container-files.ts';
import { isRunning } from '../restarters/process-facts.ts';
import type { Restarter } from '../restarters/restarter-link.ts';

/** One incarnation of the container, as long as its restarter is connected. */
export interface Life {
  readonly restarter: Restarter;
  readonly files: ContainerFiles;
}

/** Whether what is written through a life's files still reaches somebody. */
export function isAlive(life: Life): boolean {
  return life.restarter.connected && isRunning(life.restarter.registration.incarnation);
}
