import type { EventOf, TestResult } from './model.ts';

/** The newest result of each suite; one that runs again keeps its place. */
export function takeTest(
  results: readonly TestResult[],
  event: EventOf<'test'>,
  at: number,
): readonly TestResult[] {
  const { service, suite, state, replica, digest, ms, exitCode, signal, outdated, reason } = event;
  const result: TestResult = {
    ...{ service, suite, state, replica, digest, at, outdated: outdated ?? false },
    ...(ms !== undefined && { ms }),
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(reason !== undefined && { reason }),
  };
  const index = results.findIndex((each) => each.service === service && each.suite === suite);
  return index === -1 ? [...results, result] : results.with(index, result);
}
