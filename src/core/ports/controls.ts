import type { ServiceStatus } from '../service-status.ts';

/**
 * What a person at the terminal UI, or another kdev over the daemon's socket, may ask of a running session. Every call
 * may overlap with every other and with saves.
 */
export interface Controls {
  /** As it is at this moment; cheap enough for every frame of a screen. */
  status(): readonly ServiceStatus[];
  /**
   * Starts the app of every replica again, whatever changed; resolves when each has. What is dirty goes first.
   *
   * @throws KdevError `service-unknown`; `replica-none` when no replica is connected; the signal's reason
   */
  restart(service: string, signal: AbortSignal): Promise<void>;
  /**
   * Builds the image and rolls it out, also when nothing that goes into it has changed; resolves when it is rolled out.
   *
   * @throws KdevError `service-unknown`; `build-none` for an image that is somebody else's; what building throws
   */
  rebuild(service: string, signal: AbortSignal): Promise<void>;
  /** While paused, saves are noticed but not sent; what was sent stays. */
  readonly paused: boolean;
  pause(): void;
  resume(): void;
  /**
   * Resolves when every save that was on disk at the time of the call is in every replica, rebuilds that are due
   * included, with what each service then holds. Waits as long as that takes.
   *
   * @param services all of them when empty
   * @throws KdevError `service-unknown`, `build-failed` when a due rebuild failed; the signal's reason
   */
  settle(services: readonly string[], signal: AbortSignal): Promise<readonly ServiceStatus[]>;
}
