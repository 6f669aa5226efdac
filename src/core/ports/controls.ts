import type { HeldDeletions, ServiceStatus } from '../service-status.ts';

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
   * @throws KdevError `service-unknown`; `replica-none` when no replica is connected; what the restarter answers;
   * `session-ended`; the signal's reason
   */
  restart(service: string, signal: AbortSignal): Promise<void>;
  /**
   * Builds the image and rolls it out; resolves when it is rolled out. With `always` (which is the default) also when
   * nothing that goes into it has changed.
   *
   * @throws KdevError `service-unknown`; `build-none` for an image that is somebody else's; what building throws;
   * `session-ended`; the signal's reason, and then a build that nobody else asked for is cancelled
   */
  rebuild(service: string, signal: AbortSignal, options?: { readonly always?: boolean }): Promise<void>;
  /** While paused, saves are noticed but not sent; what was sent stays. */
  readonly paused: boolean;
  pause(): void;
  /** What was noticed goes out as one change set. */
  resume(): void;
  /**
   * Resolves when every save that was on disk at the time of the call is in every replica, restarts and rebuilds that
   * are due included, with what each service then holds. Waits as long as that takes, but not for a person.
   *
   * @param services all of them when empty
   * @throws KdevError `service-unknown`; what building throws when a due rebuild failed; `sync-paused` when saves wait
   * for `resume`; `mass-delete-held` when deletions wait for an answer; `session-superseded`; the signal's reason
   */
  settle(services: readonly string[], signal: AbortSignal): Promise<readonly ServiceStatus[]>;
  /** Deletions that wait for a person's answer; also told as problems, and in `status`. */
  readonly held: readonly HeldDeletions[];
  /**
   * Yes, they are meant: sends everything that is held of a service; nothing where nothing is.
   *
   * @throws KdevError `service-unknown`; the signal's reason
   */
  release(service: string, signal: AbortSignal): Promise<void>;
  /**
   * No: the files stay in the containers until they are here again, or are released after all. Not asked again.
   *
   * @throws KdevError `service-unknown`
   */
  keep(service: string): void;
}
