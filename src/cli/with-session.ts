import { KdevError } from '../core/error.ts';
import { askSession, type RemoteSession } from '../daemon/session-client.ts';
import type { Invocation } from './command.ts';
import type { OpenProject } from './open-project.ts';
import { findSession } from './serve-session.ts';

/**
 * Asks something of the running `kdev watch` of this place.
 *
 * @throws KdevError `session-none` where none runs; those of `findSession`
 */
export async function withSession<Answer>(
  { project, environment }: Pick<OpenProject, 'project' | 'environment'>,
  { surroundings }: Pick<Invocation, 'surroundings'>,
  ask: (session: RemoteSession) => Promise<Answer>,
): Promise<Answer> {
  const client = await findSession({ project, environment, surroundings });
  if (client === undefined) throw noSession(environment.name);
  try {
    return await ask(askSession(client));
  } finally {
    client.close();
  }
}

function noSession(environment: string): KdevError {
  return new KdevError({
    code: 'session-none',
    fault: 'user',
    what: `No kdev watch of this project runs in the environment ${environment}, so there is nobody to ask.`,
    cure: 'Start it: kdev watch',
  });
}
