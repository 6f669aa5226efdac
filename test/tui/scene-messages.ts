import type { KdevEvent } from '../../src/core/event.ts';
import type { HeldDeletions, ServiceStatus } from '../../src/core/service-status.ts';
import type { ScreenProject } from '../../src/tui/view.ts';

/** What a test tells a scene; every part may be left out. */
export interface SceneOrder {
  /** First: the screen opens. */
  readonly project?: ScreenProject;
  readonly status?: readonly ServiceStatus[];
  readonly held?: readonly HeldDeletions[];
  readonly events?: readonly (KdevEvent & { readonly time?: string })[];
  /** Every call that waits for an answer has succeeded; of the service `broken` it has failed. */
  readonly answer?: true;
}

/** What the screen asked of the session or of the machine. */
export interface SceneCall {
  readonly called: string;
  readonly service?: string;
  readonly url?: string;
}
