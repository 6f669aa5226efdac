import { setTimeout as sleep } from 'node:timers/promises';

/** Asks every few milliseconds until the answer is neither undefined, null nor false; 25 s at most. */
export async function until<Answer>(
  what: string,
  ask: () => Answer | Promise<Answer>,
): Promise<Exclude<Answer, undefined | null | false>> {
  const deadline = Date.now() + 25_000;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) {
      return answer as Exclude<Answer, undefined | null | false>;
    }
    await sleep(4);
  }
  throw new Error(`never happened: ${what}`);
}
