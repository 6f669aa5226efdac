import type { Step } from './model.ts';

/** More than bringing up a hundred services takes; what is older has scrolled away. */
const keptSteps = 200;

/** A new step begins, which ends the one before it. */
export function takeStep(steps: readonly Step[], text: string, at: number): readonly Step[] {
  const last = steps.at(-1);
  // The same step with more to say (`copying 3 of 10`) renews its line.
  if (last !== undefined && last.ms === undefined && last.text === text) return steps;
  return [...endSteps(steps, at), { text, at }].slice(-keptSteps);
}

export function endSteps(steps: readonly Step[], at: number): readonly Step[] {
  const last = steps.at(-1);
  if (last === undefined || last.ms !== undefined) return steps;
  return [...steps.slice(0, -1), { ...last, ms: at - last.at }];
}
