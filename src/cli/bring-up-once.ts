import type { Invocation } from './command.ts';
import { openDevelopment } from './open-development.ts';

/**
 * Brings everything up to date once and ends, for `kdev up` and `kdev watch --once`.
 *
 * @returns 1 when something is held back for a person, or not there in time; else 0
 * @throws what opening and bringing up throw
 */
export async function bringUpOnce(invocation: Invocation): Promise<number> {
  const { development } = await openDevelopment(invocation, { stays: false });
  try {
    await development.bringUp();
    // What is held was told as a problem; everything else is there.
    return development.controls.held.length > 0 ? 1 : 0;
  } finally {
    await development.stop();
  }
}
