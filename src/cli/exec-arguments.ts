import { KdevError } from '../core/error.ts';
import type { Invocation } from './command.ts';

/**
 * `kdev exec [SERVICE] -- COMMAND…` or, without `--`, `kdev exec SERVICE COMMAND…`.
 *
 * @throws KdevError `usage`.
 */
export function execArguments({ args, rest }: Pick<Invocation, 'args' | 'rest'>): {
  readonly serviceName?: string;
  readonly command: readonly string[];
} {
  const [serviceName, ...more] = args;
  const command = [...more, ...(rest ?? [])];
  if (command.length === 0 || (rest !== undefined && more.length > 0)) {
    throw new KdevError({
      code: 'usage',
      fault: 'user',
      what: command.length === 0 ? 'There is no command to run.' : `There is more than a service before --.`,
      cure: 'Write kdev exec SERVICE -- COMMAND.',
    });
  }
  return { command, ...(serviceName !== undefined && { serviceName }) };
}
