import { setTimeout } from 'node:timers/promises';

/** Asks again until the answer is neither undefined nor false. @throws after 25 s, naming what was waited for */
export async function waitFor<Answer>(
  what: string,
  ask: () => Answer | undefined | false | Promise<Answer | undefined | false>,
): Promise<Answer> {
  const deadline = performance.now() + 25_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`waited 25 s in vain for ${what}`);
    await setTimeout(5);
  }
}
