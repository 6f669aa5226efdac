import { readFile } from 'node:fs/promises';
import { vi } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Cluster } from '../../src/core/ports/cluster.ts';

/** A kubeconfig like the test box's, for a service account that is there; its context has the same name. */
export async function kubeconfigOf(
  cluster: Cluster,
  account: { readonly name: string; readonly namespace: string },
): Promise<string> {
  const { name, namespace } = account;
  const secret = { apiVersion: 'v1', kind: 'Secret', name: `${name}-token`, namespace };
  const annotations = { 'kubernetes.io/service-account.name': name };
  await cluster.apply({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: secret.name, namespace, annotations } },
    type: 'kubernetes.io/service-account-token',
  });
  const token = await vi.waitFor(
    async () => {
      const data = (await cluster.get(secret))?.['data'] as { readonly token?: string } | undefined;
      if (data?.token === undefined) throw new Error('there is no token yet');
      return Buffer.from(data.token, 'base64').toString();
    },
    { timeout: 30_000, interval: 100 },
  );
  const text = await readFile(process.env['KDEV_TEST_KUBECONFIG'] ?? '', 'utf8');
  const config = parse(text) as { users: { user: unknown }[] };
  for (const each of config.users) each.user = { token };
  return stringify(config);
}
