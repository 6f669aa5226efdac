import type { Clock } from '../core/clock.ts';
import type { Bus, KdevEvent } from '../core/event.ts';

/** An event as it leaves kdev: `time` is RFC 3339 in UTC with milliseconds. */
export type TimedEvent = KdevEvent & { readonly time: string };

/** Takes one event; it may throw, and is then left out from now on. */
export type Sink = (event: TimedEvent) => void;

export interface EventBus extends Bus {
  /** Adds a sink, which sees every event from now on; the returned function takes it out. */
  listen(sink: Sink): () => void;
}

/** Hands each event to every sink, in the order they came, at once. */
export function createBus(clock: Pick<Clock, 'now'>): EventBus {
  const sinks = new Set<Sink>();
  return {
    emit: (event) => {
      const timed = { ...event, time: new Date(clock.now()).toISOString() };
      for (const sink of sinks) {
        try {
          sink(timed);
        } catch {
          // A sink that cannot write any more (its reader is gone) must not stop the work that reports to it.
          sinks.delete(sink);
        }
      }
    },
    listen: (sink) => {
      sinks.add(sink);
      return () => sinks.delete(sink);
    },
  };
}
