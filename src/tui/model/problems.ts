import type { EventOf, Problem } from './model.ts';

/** Far more than anybody can look at. */
export const keptProblems = 200;

/** One problem stands per key; told again it keeps its place and its age. */
export function takeProblem(
  problems: readonly Problem[],
  event: EventOf<'problem'>,
  at: number,
): readonly Problem[] {
  const { key, code, message, cure, service, replica, path } = event;
  const before = problems.find((each) => each.key === key);
  if (event.resolved) return before ? problems.filter((each) => each !== before) : problems;
  const problem: Problem = {
    ...{ key, code, message, since: before?.since ?? at },
    ...(cure !== undefined && { cure }),
    ...(service !== undefined && { service }),
    ...(replica !== undefined && { replica }),
    ...(path !== undefined && { path }),
  };
  if (!before) return [...problems, problem].slice(-keptProblems);
  return problems.map((each) => (each === before ? problem : each));
}
