import path from 'node:path';
import { build } from 'esbuild';

let bundled: Promise<string> | undefined;

/** The agent's program text, as the sidecar has it in one file; made once per test process. */
export function agentBundle(): Promise<string> {
  bundled ??= (async () => {
    const { outputFiles } = await build({
      entryPoints: [path.join(import.meta.dirname, '../../sidecar/main.ts')],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      define: { KDEV_VERSION: '"test"' },
    });
    return outputFiles[0]?.text ?? '';
  })();
  return bundled;
}
