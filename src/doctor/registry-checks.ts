import type { Registry, RegistryRequest } from '../core/ports/registry.ts';
import type { Finding } from './finding.ts';

type Found = Omit<Finding, 'area' | 'check'>;

/** Who names the registry, and its names for those who use it. */
export function sayNames(by: string, { fromHere, fromNodes, fromPods }: Registry): Found {
  const names =
    fromHere === fromPods && fromHere === fromNodes
      ? `${fromHere}, the same for the builder, the nodes and this machine`
      : `${fromPods} for the builder, ${fromNodes} for nodes, ${fromHere} for this machine`;
  return { status: 'ok', says: `Images go to ${names} (${by}).` };
}

/** Whether the registry answers this machine, and takes its credentials. */
export async function checkAccess(
  request: RegistryRequest,
  findUser: () => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<Found> {
  const user = await findUser();
  const who = user === undefined ? 'without a password' : `as ${user}`;
  const answer = await request('GET', '', { signal });
  await answer.body?.cancel();
  if (answer.ok) return { status: 'ok', says: `The registry ${request.host} lets this machine in, ${who}.` };
  const refused = answer.status === 401 || answer.status === 403;
  return {
    status: 'fail',
    says: `The registry ${request.host} answered ${answer.status} to this machine, ${who}.`,
    cure: refused
      ? `Log in: docker login ${request.host}; or set username and passwordEnv of the registry in dev.config.ts.`
      : `See that a registry is at ${request.base}.`,
  };
}
