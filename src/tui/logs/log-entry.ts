import type { KdevEvent } from '../../core/event.ts';

export type LogSource = 'app' | 'build' | 'test' | 'run';

/** One line for the logs panel. */
export interface LogLine {
  readonly service: string;
  /** Pod; empty for a build. */
  readonly replica: string;
  readonly source: LogSource;
  readonly suite?: string;
  /** RFC 3339; empty where nobody knows. */
  readonly at: string;
  /** As it was printed, colours and all. */
  readonly text: string;
}

/** A line that the store keeps; `seq` counts from 0 and never repeats. */
export interface LogEntry extends LogLine {
  readonly seq: number;
}

export function logLineOf(event: Extract<KdevEvent, { readonly event: 'log' }>): LogLine {
  const { service, replica, line, at, source = 'app', suite } = event;
  return { service, replica, source, at, text: line, ...(suite !== undefined && { suite }) };
}
