import { KdevError } from '../core/error.ts';

/** Creates something in a namespace that is made first where it is not there, or on its way out. */
export async function inNamespace<T>(
  create: () => Promise<T>,
  ensureNamespace: () => Promise<void>,
): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!isMissing(error) && !isGoing(error)) throw error;
    await ensureNamespace();
    return create();
  }
}

/** Whether the API server answered that there is no such thing. */
export function isMissing(error: unknown): boolean {
  const cause =
    error instanceof KdevError ? (error.cause as { readonly code?: unknown } | undefined) : undefined;
  return cause?.code === 404;
}

function isGoing(error: unknown): boolean {
  return error instanceof KdevError && error.why?.includes('being terminated') === true;
}
