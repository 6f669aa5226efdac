import type { Invocation } from './command.ts';

/** Whether what happens is shown on a screen of its own: only where a person sits at a terminal that has one. */
export function wantsScreen({ flags, options, surroundings }: Invocation): boolean {
  const { stdin, stdout, env } = surroundings;
  const term = env['TERM'] ?? '';
  if (flags.json || options['plain'] === true || term === '' || term === 'dumb') return false;
  return stdin.isTTY === true && stdout.isTTY === true;
}
