import { KdevError } from '../core/error.ts';
import type { PortForward } from '../core/service.ts';

const spelling = /^(?:(\d{0,5}):)?(\d{1,5})$/;

/** Whether an argument is meant as a port: no service can be called so. */
export function looksLikePort(argument: string): boolean {
  return /^\d*:?\d*$/.test(argument) || argument.includes(':');
}

/**
 * `8080`, `9000:8080` (local:remote), `:8080` (any free one).
 *
 * @throws KdevError `usage`.
 */
export function readPort(argument: string): PortForward {
  const [, local, remote = ''] = spelling.exec(argument) ?? [];
  const port = { local: Number(local ?? remote), remote: Number(remote) };
  if (port.remote >= 1 && port.remote <= 65_535 && port.local <= 65_535) return port;
  throw new KdevError({
    code: 'usage',
    fault: 'user',
    what: `A port is a number from 1 to 65535, not "${argument}".`,
    cure: 'Write 8080, or 9000:8080 for another one on this machine, or :8080 for any free one.',
  });
}
