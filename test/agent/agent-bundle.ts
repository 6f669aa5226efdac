import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

let bundled: Promise<string> | undefined;

/** The agent as one file, as the sidecar has it; made once per test process. */
export function agentBundle(): Promise<string> {
  bundled ??= (async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'kdev-agent-bundle-'));
    process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
    // Agents of other users read it too.
    await chmod(dir, 0o755);
    const file = path.join(dir, 'agent.mjs');
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
