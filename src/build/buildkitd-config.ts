import type { OpenRegistry } from '../core/ports/registry.ts';

/** The text of buildkitd.toml: where to pull from and push to without TLS, and how many bytes to keep. */
export function buildkitdConfig(
  facts: Pick<OpenRegistry, 'registry' | 'mirrors'>,
  keepBytes: number,
): string {
  const { mirrors, registry } = facts;
  const plain = new Set([...mirrors, ...(registry.plainHttp ? [registry.fromPods] : [])]);
  const lines = [
    '[worker.oci]',
    'enabled = true',
    'gc = true',
    `maxUsedSpace = ${keepBytes}`,
    '[worker.containerd]',
    'enabled = false',
  ];
  if (mirrors.length > 0) lines.push('[registry."docker.io"]', `mirrors = ${JSON.stringify(mirrors)}`);
  for (const host of plain) lines.push(`[registry.${JSON.stringify(host)}]`, 'http = true');
  if (registry.insecure === true && !registry.plainHttp)
    lines.push(`[registry.${JSON.stringify(registry.fromPods)}]`, 'insecure = true');
  return `${lines.join('\n')}\n`;
}
