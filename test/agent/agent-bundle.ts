import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

let bundled: Promise<string> | undefined;

/** The agent as one file, as the sidecar has it; made once per test process. */
export function agentBundle(): Promise<string> {
  bundled ??= (async () => {
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'kdev-agent-bundle-')), 'agent.mjs');
    await build({
      entryPoints: [path.join(import.meta.dirname, '../../sidecar/main.ts')],
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      define: { KDEV_VERSION: '"test"' },
    });
    return file;
  })();
  return bundled;
}
