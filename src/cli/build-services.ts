import type { KdevEvent } from '../core/event.ts';
import { buildAlone } from './build-alone.ts';
import { buildInSession } from './build-in-session.ts';
import { readBuildWish, servicesToBuild } from './build-wish.ts';
import type { Invocation } from './command.ts';
import { openDevelopment } from './open-development.ts';
import { guardEnvironment, openProject } from './open-project.ts';
import { findSession } from './serve-session.ts';

/**
 * `kdev build`: builds beside everything else, or through the running session of this place, or in a session of its
 * own that ends with the rollout.
 *
 * @throws what reading the project, building and rolling out throw
 */
export async function buildServices(invocation: Invocation): Promise<number> {
  const { answer, bus, surroundings } = invocation;
  const opened = await openProject(invocation);
  const { project, environment } = opened;
  const wish = readBuildWish(project, invocation);
  guardEnvironment(environment, invocation.options);
  const images = new Map<string, string>();
  const noteImage = (event: KdevEvent): void => {
    if (event.event === 'build' && event.image !== undefined) images.set(event.service, event.image);
  };
  const stopNoting = bus.listen(noteImage);
  try {
    if (!wish.rollout) await buildAlone(opened, wish, invocation);
    else {
      const client = await findSession({ project, environment, surroundings });
      const isHeld = wish.services.every(({ name }) => client?.greeting.services.includes(name));
      try {
        if (client && isHeld) await buildInSession(client, wish, invocation);
        else await bringUp(wish.force, invocation);
      } finally {
        client?.close();
      }
    }
  } finally {
    stopNoting();
  }
  if (wish.printsTag) for (const { name } of wish.services) answer(images.get(name) ?? '');
  return 0;
}

async function bringUp(forced: boolean, invocation: Invocation): Promise<void> {
  const { development } = await openDevelopment(invocation, { stays: false, choose: servicesToBuild });
  try {
    await development.bringUp({ reason: 'somebody asked for it', asked: true, forced });
  } finally {
    await development.stop();
  }
}
