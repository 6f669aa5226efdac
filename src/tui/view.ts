import type { ServiceStatus } from '../core/service-status.ts';
import type { Layout } from './layout/layout.ts';
import type { Model, Problem } from './model/model.ts';
import type { ScreenState } from './state/screen-state.ts';
import type { BadgeColour } from './text/paint.ts';

/** What of the project the screen knows from the beginning. */
export interface ScreenProject {
  readonly name: string;
  readonly environment: { readonly name: string; readonly colour: BadgeColour };
  readonly namespace: string;
  /** Context or box. */
  readonly target: string;
  readonly services: readonly ScreenService[];
}

export interface ScreenService {
  readonly name: string;
  /** Names of its suites. */
  readonly tests: readonly string[];
  /** Local folders and files that are synced. */
  readonly sources: readonly string[];
}

/** Everything that one frame is made of. */
export interface View {
  readonly project: ScreenProject;
  readonly model: Model;
  /** By service. */
  readonly status: ReadonlyMap<string, ServiceStatus>;
  readonly problems: readonly Problem[];
  readonly state: ScreenState;
  readonly layout: Layout;
  readonly size: { readonly columns: number; readonly rows: number };
  /** Wall clock, ms. */
  readonly now: number;
  /** A mass deletion that waits for an answer. */
  readonly asking: { readonly service: string; readonly deletions: number; readonly why: string } | undefined;
}
