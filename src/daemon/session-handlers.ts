import { KdevError } from '../core/error.ts';
import type { KdevEvent } from '../core/event.ts';
import type { Controls } from '../core/ports/controls.ts';
import type { Handler } from './serve-client.ts';

/** What of a running session is served to other commands. */
export interface ServedSession {
  readonly controls: Controls;
  /** Problems that are not over, as JSON. */
  readonly problems: () => readonly unknown[];
  /** Hands on what happens from now on; returns how to stop that. */
  readonly listen: (sink: (event: KdevEvent & { readonly time: string }) => void) => () => void;
  /** Ends the session in order. */
  readonly stop: () => void;
}

/** The methods of docs/events.md over a session's controls. */
export function sessionHandlers(session: ServedSession): Readonly<Record<string, Handler>> {
  const { controls, problems, listen, stop } = session;
  return {
    status: async () => ({
      services: controls.status(),
      problems: problems(),
      paused: controls.paused,
      held: controls.held,
    }),
    stop: async () => stop(),
    restart: (params, signal) => controls.restart(serviceOf(params), signal),
    rebuild: (params, signal) => controls.rebuild(serviceOf(params), signal, { always: isAlways(params) }),
    pause: async () => controls.pause(),
    resume: async () => controls.resume(),
    settle: (params, signal) => controls.settle(servicesOf(params), signal),
    release: (params, signal) => controls.release(serviceOf(params), signal),
    keep: async (params) => controls.keep(serviceOf(params)),
    events: (_, signal, push) =>
      new Promise((_resolve, reject) => {
        const end = listen((event) => push(event));
        signal.addEventListener(
          'abort',
          () => {
            end();
            reject(signal.reason as Error);
          },
          { once: true },
        );
      }),
  };
}

function serviceOf(params: unknown): string {
  const { service } = (params ?? {}) as { readonly service?: unknown };
  if (typeof service === 'string') return service;
  throw malformed('a service', params);
}

/** Absent in calls of older commands, which mean it. */
function isAlways(params: unknown): boolean {
  return (params as { readonly always?: unknown }).always !== false;
}

function servicesOf(params: unknown): readonly string[] {
  const { services = [] } = (params ?? {}) as { readonly services?: unknown };
  if (Array.isArray(services) && services.every((each) => typeof each === 'string')) return services;
  throw malformed('a list of services', params);
}

function malformed(wanted: string, params: unknown): KdevError {
  return new KdevError({
    code: 'daemon-outdated',
    fault: 'user',
    what: `The running kdev watch was not told ${wanted}, but ${JSON.stringify(params)}.`,
    cure: 'End it and start it again with the kdev that you called just now.',
  });
}
