import type { KdevError } from '../core/error.ts';
import type { Tui } from '../tui/tui.tsx';

/** Asks on the screen whether a workload that another session holds is taken from it. */
export function askTakeOver(screen: Pick<Tui, 'ask'>, { what, why = '' }: KdevError): Promise<boolean> {
  return screen.ask({
    title: 'take it over?',
    text: `${what} ${why}`,
    yes: 'take over: their session stops writing at once',
    no: 'leave it to them, and end',
  });
}
