import type { StandingProblem } from '../daemon/session-client.ts';
import type { EventBus } from '../output/bus.ts';

/** Keeps the problems that have come up on a bus and are not over yet, oldest first. */
export function keepProblems(bus: EventBus): () => readonly StandingProblem[] {
  const problems = new Map<string, StandingProblem>();
  bus.listen((event) => {
    if (event.event !== 'problem') return;
    const { event: _, resolved, time, ...facts } = event;
    if (resolved) problems.delete(facts.key);
    else problems.set(facts.key, { ...facts, since: problems.get(facts.key)?.since ?? time });
  });
  return () => [...problems.values()];
}
