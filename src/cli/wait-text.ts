import { count } from '../core/measures.ts';
import { printable } from '../output/printable.ts';
import type { Style } from '../output/style.ts';
import type { Waited } from './wait-for-session.ts';

/** `kdev wait` for people. */
export function waitText({ session, inSync, missing, services, ms }: Waited, style: Style): string {
  if (session === null) return `${style.bad('✗')} ${missing.join('\n')}`;
  if (!inSync) {
    const what = missing.map((text) => `  ${printable(text)}`);
    return [`${style.bad('✗')} not in sync after ${(ms / 1000).toFixed(1)} s`, ...what].join('\n');
  }
  return services
    .map(({ service, replicas, seq, digest }) => {
      const where = `${count(replicas.length, 'replica')} on #${seq}`;
      return `${style.good('✓')} ${style.name(service)} in sync: ${where}  ${style.dim(digest.slice(0, 12))}`;
    })
    .join('\n');
}
