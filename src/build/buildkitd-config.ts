import type { RegistryFacts } from './registry.ts';

/** The text of buildkitd.toml: where to pull from and push to without TLS, and how much to keep. */
export function buildkitdConfig(facts: Pick<RegistryFacts, 'registry' | 'mirrors'>): string {
  const { mirrors, registry } = facts;
  const plain = new Set([...mirrors, ...(registry.plainHttp ? [registry.fromPods] : [])]);
  const lines = [
    '[worker.oci]',
    'enabled = true',
    'gc = true',
    'maxUsedSpace = "20GB"',
    '[worker.containerd]',
    'enabled = false',
  ];
  if (mirrors.length > 0) lines.push('[registry."docker.io"]', `mirrors = ${JSON.stringify(mirrors)}`);
  for (const host of plain) lines.push(`[registry.${JSON.stringify(host)}]`, 'http = true');
  return `${lines.join('\n')}\n`;
}
