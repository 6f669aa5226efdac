import { KdevError } from './error.ts';

/** Whether the API server answered that there is no such thing. */
export function isMissing(thrown: unknown): boolean {
  const cause =
    thrown instanceof KdevError ? (thrown.cause as { readonly code?: unknown } | undefined) : undefined;
  return cause?.code === 404;
}
