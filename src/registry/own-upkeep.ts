import type { OwnRegistry, RegistryRequest, RegistryUsage } from '../core/ports/registry.ts';
import { refusedBy } from '../core/registry-refused.ts';
import { ownName } from './own-objects.ts';
import type { OwnFacts } from './own-registry.ts';

/** Uploads on their way may take a while to end, and so may a collection, ms. */
const patienceMs = 600_000;

/** What images/registry/server answers below `/kdev/`. */
export function createOwnUpkeep(
  request: RegistryRequest,
  { namespace, facts }: { readonly namespace: string; readonly facts: OwnFacts },
): OwnRegistry {
  const ask = async (method: string, path: string, signal: AbortSignal | undefined): Promise<Response> => {
    const answer = await request(method, new URL(path, request.base), { signal, answerMs: patienceMs });
    if (!answer.ok) throw refusedBy(request, path, answer);
    return answer;
  };
  const askJson = async <Document>(method: string, path: string, signal?: AbortSignal): Promise<Document> =>
    (await (await ask(method, path, signal)).json()) as Document;
  return {
    namespace,
    name: ownName,
    lasting: facts.lasting,
    usage: (signal) => askJson<RegistryUsage>('GET', '/kdev/usage', signal),
    pushedAt: async (signal) =>
      new Map(Object.entries(await askJson<Record<string, number>>('GET', '/kdev/pushed', signal))),
    holdUploads: async (forMs, signal) => {
      await ask('PUT', `/kdev/hold?ms=${forMs}`, signal);
    },
    releaseUploads: async (signal) => {
      await ask('DELETE', '/kdev/hold', signal);
    },
    collectBlobs: (signal) => askJson('POST', '/kdev/collect', signal),
  };
}
