import { meaning } from '../core/error.ts';
import type { Cluster } from '../core/ports/cluster.ts';

const fallback = 'linux/amd64';

/**
 * The platform that images for this cluster are built for: its nodes' own. Where nodes differ, the most frequent one;
 * where they may not be listed, linux/amd64.
 */
export async function nodePlatform(cluster: Pick<Cluster, 'list'>): Promise<string> {
  const counts = new Map<string, number>();
  for (const node of await listNodes(cluster)) {
    const status = node['status'] as
      | { readonly nodeInfo?: { readonly operatingSystem?: string; readonly architecture?: string } }
      | undefined;
    const { architecture, operatingSystem } = status?.nodeInfo ?? {};
    if (architecture === undefined || operatingSystem !== 'linux') continue;
    counts.set(`linux/${architecture}`, (counts.get(`linux/${architecture}`) ?? 0) + 1);
  }
  const [first] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return first?.[0] ?? fallback;
}

function listNodes(cluster: Pick<Cluster, 'list'>): ReturnType<Cluster['list']> {
  return cluster.list({ apiVersion: 'v1', kind: 'Node' }).catch(meaning('cluster-forbidden', []));
}
