import { KdevError, messageOf } from '../core/error.ts';
import type { Controls } from '../core/ports/controls.ts';
import type { TuiActions } from './actions.ts';
import type { TestResult } from './model/model.ts';
import type { SessionCommand } from './state/press.ts';
import type { Message } from './state/screen-state.ts';

export interface CommandRunnerOptions {
  readonly controls: Controls;
  readonly actions: TuiActions;
  readonly signal: AbortSignal;
  readonly urlOf: (service: string) => string | undefined;
  readonly hasTests: (service: string) => boolean;
  /** The newest results of a service's suites. */
  readonly testsOf: (service: string) => readonly TestResult[];
  readonly tell: (message: Message) => void;
}

/** Does what a key asked for and tells how it went; the same thing of one service is not begun twice. */
export function createCommandRunner(options: CommandRunnerOptions): (command: SessionCommand) => void {
  const running = new Set<string>();
  const testing = new Map<string, AbortController>();
  return (command) => {
    const title = 'service' in command ? `${command.type} ${command.service}` : command.type;
    if (command.type === 'stop-test')
      return testing.get(command.service)?.abort(new Error('stopped by a key'));
    if (running.has(title)) return;
    running.add(title);
    const work = command.type === 'test' ? test(command.service, testing, options) : run(command, options);
    work
      .catch((error: unknown) => {
        if (!options.signal.aborted) options.tell({ text: wordsOf(error), tone: 'bad' });
      })
      .finally(() => running.delete(title));
  };
}

async function test(
  service: string,
  testing: Map<string, AbortController>,
  { actions, signal, hasTests, testsOf, tell }: CommandRunnerOptions,
): Promise<void> {
  if (!hasTests(service)) return tell({ text: `${service} declares no tests in dev.config.ts`, tone: 'bad' });
  const stop = new AbortController();
  testing.set(service, stop);
  tell({ text: `testing ${service}; x ends it`, tone: 'plain' });
  try {
    await actions.test(service, AbortSignal.any([signal, stop.signal]));
    if (!signal.aborted) tell(wordsOfTests(service, testsOf(service)));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    testing.delete(service);
  }
}

type Other = Exclude<SessionCommand['type'], 'test' | 'stop-test'>;

async function run(
  command: Extract<SessionCommand, { type: Other }>,
  options: CommandRunnerOptions,
): Promise<void> {
  const { controls, actions, signal, tell, urlOf } = options;
  switch (command.type) {
    case 'restart':
      tell({ text: `restarting ${command.service}`, tone: 'plain' });
      await controls.restart(command.service, signal);
      return tell({ text: `restarted ${command.service}`, tone: 'good' });
    case 'rebuild':
      tell({ text: `rebuilding ${command.service}`, tone: 'plain' });
      await controls.rebuild(command.service, signal);
      return tell({ text: `rebuilt ${command.service}`, tone: 'good' });
    case 'open': {
      const url = urlOf(command.service);
      if (url === undefined) {
        return tell({ text: `${command.service} has no ports in dev.config.ts`, tone: 'bad' });
      }
      const shown = await actions.openUrl(url);
      return tell({ text: shown ? `opened ${url}` : url, tone: shown ? 'good' : 'plain' });
    }
    case 'pause':
      if (controls.paused) controls.resume();
      else controls.pause();
      return tell(
        controls.paused
          ? { text: 'paused: saves are noticed and wait; p lets them go on', tone: 'plain' }
          : { text: 'saves go on', tone: 'good' },
      );
    case 'release':
      tell({ text: `deleting in ${command.service}`, tone: 'plain' });
      await controls.release(command.service, signal);
      return tell({ text: `deleted in ${command.service}`, tone: 'good' });
    case 'keep':
      controls.keep(command.service);
      return tell({ text: 'kept: the containers keep these files', tone: 'good' });
    default:
      return command satisfies never;
  }
}

function wordsOfTests(service: string, results: readonly TestResult[]): Message {
  const countOf = (state: TestResult['state']): number =>
    results.filter((result) => result.state === state).length;
  const parts = (['passed', 'failed', 'broken', 'stopped'] as const)
    .filter((state) => countOf(state) > 0)
    .map((state) => `${countOf(state)} ${state === 'broken' ? 'could not run' : state}`);
  const isGood = results.every(({ state }) => state === 'passed');
  return { text: `${service}: ${parts.join(', ') || 'nothing ran'}`, tone: isGood ? 'good' : 'bad' };
}

/** What happened and what to do, in one line. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof KdevError)) return messageOf(error);
  return error.cure === undefined ? error.what : `${error.what} ${error.cure}`;
}
