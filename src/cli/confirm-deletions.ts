import { count } from '../core/measures.ts';
import type { HeldDeletions } from '../core/service-status.ts';
import type { RemoteSession } from '../daemon/session-client.ts';

/** What `kdev confirm --json` prints. */
export interface Confirmed {
  /** `deleted`: the containers have lost them, too; `kept`: they keep them; `held`: nobody has answered. */
  readonly answer: 'deleted' | 'kept' | 'held';
  /** What was held back before the answer, by service; empty when nothing was. */
  readonly held: readonly Pick<HeldDeletions, 'service' | 'deletions' | 'paths' | 'why'>[];
}

/** Answers the question about held deletions, for these services or for all; `held` answers nothing. */
export async function confirmDeletions(options: {
  readonly session: RemoteSession;
  readonly services: readonly string[];
  readonly answer: Confirmed['answer'];
  readonly signal: AbortSignal;
}): Promise<Confirmed> {
  const { session, services, answer, signal } = options;
  const { held } = await session.status(signal);
  const meant = held.filter(({ service }) => services.length === 0 || services.includes(service));
  for (const { service } of meant) {
    if (answer === 'deleted') await session.release(service, signal);
    if (answer === 'kept') await session.keep(service, signal);
  }
  return {
    answer,
    held: meant.map(({ service, deletions, paths, why }) => ({ service, deletions, paths, why })),
  };
}

export function confirmedText({ answer, held }: Confirmed): string {
  if (held.length === 0) return 'Nothing is held back.';
  const lines = held.map(({ service, deletions, paths, why }) => {
    const paragraph = `${service}: ${count(deletions, 'deletion')} ${words[answer]}`;
    return answer === 'held' ? `${paragraph}. ${why} ${paths.join(', ')} …` : paragraph;
  });
  if (answer === 'held')
    lines.push('Delete them in the containers, too: kdev confirm. Keep them: kdev confirm --keep');
  return lines.join('\n');
}

const words: Readonly<Record<Confirmed['answer'], string>> = {
  deleted: 'confirmed: they go from the containers, too',
  kept: 'not confirmed: the containers keep these files',
  held: 'held back',
};
