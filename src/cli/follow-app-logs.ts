import { followLogs, type LogFollowing } from '../compose/follow-logs.ts';
import { containerOf } from './replicas.ts';

/** `followLogs` with the container that a service's configuration names, or that can be told from its pod. */
export function followAppLogs(options: Omit<LogFollowing, 'containerOf'>): Promise<void> {
  return followLogs({ ...options, containerOf });
}
