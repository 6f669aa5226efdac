import { clockTime } from '../core/measures.ts';
import type { Sink, TimedEvent } from './bus.ts';
import { eventText } from './event-text.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';

/** The time of a line and the space behind it. */
const timeWidth = 9;
/** How many change sets' paths are kept for the line that says they arrived. */
const keptChanges = 50;

/**
 * One line an event, for people: when, whose, what, how long. What scripts need and people don't (each plan, each
 * state of an app) shows with `verbose` only.
 */
export function plainLog(options: {
  readonly terminal: Terminal;
  readonly style: Style;
  readonly colours: boolean;
  readonly verbose: boolean;
}): Sink {
  const { terminal, style, colours, verbose } = options;
  const changes = new Map<number, { readonly paths: readonly string[]; readonly files: number }>();
  const problems = new Map<string, string>();
  type Problem = Extract<TimedEvent, { event: 'problem' }>;
  let width = 0;

  const line = (event: TimedEvent, text: string): void => {
    const service = 'service' in event ? (event.service ?? '') : '';
    width = Math.max(width, service.length);
    const name = width === 0 ? '' : `${style.name(service.padEnd(width))} `;
    // A line of an app is as old as the app says.
    const time = event.event === 'log' && event.at !== '' ? event.at : event.time;
    // A line of an app is its own; it is only broken by the terminal.
    const indent = event.event === 'log' ? undefined : timeWidth + (width === 0 ? 0 : width + 1);
    terminal.print(`${style.dim(clockTime(time))} ${name}${text}`, indent);
  };

  /** A problem is told when it comes up, when it changes and when it is over, however often it is reported. */
  const news = (problem: Problem): Problem | undefined => {
    const { key, message, resolved } = problem;
    const known = problems.get(key);
    if (!resolved) {
      problems.set(key, message);
      return known === message ? undefined : problem;
    }
    problems.delete(key);
    // What is over is told in the words of its beginning.
    return known === undefined ? undefined : { ...problem, message: message || (known.split('\n')[0] ?? '') };
  };

  return (reported) => {
    const event = reported.event === 'problem' ? news(reported) : reported;
    if (event === undefined) return;
    if (event.event === 'step') {
      terminal.step(event.service === undefined ? event.text : `${event.service}: ${event.text}`);
      return;
    }
    if (event.event === 'change') {
      changes.set(event.seq, event);
      if (changes.size > keptChanges) changes.delete([...changes.keys()][0] ?? 0);
    }
    if (endsStep(event)) terminal.endStep();
    const text = eventText(event, {
      style,
      colours,
      verbose,
      change: 'seq' in event ? changes.get(event.seq) : undefined,
    });
    if (text !== undefined) line(event, text);
  };
}

/** What is only said once the work before it is over. */
function endsStep(event: TimedEvent): boolean {
  return (
    event.event === 'build' ||
    event.event === 'rollout' ||
    event.event === 'ready' ||
    event.event === 'test' ||
    event.event === 'end'
  );
}
