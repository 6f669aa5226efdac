import path from 'node:path';
import { build } from 'esbuild';
import { version } from './image-names.ts';

/**
 * The agent as one file that needs nothing but Node: what goes into the sidecar as `agent.mjs`. Takes about 50 ms, so
 * it is made each time and its bytes decide whether a new image is needed.
 */
export async function bundleAgent(root: string): Promise<string> {
  const result = await build({
    entryPoints: [path.join(root, 'sidecar', 'main.ts')],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    write: false,
    define: { KDEV_VERSION: JSON.stringify(version) },
    legalComments: 'none',
    logLevel: 'silent',
  });
  const [file] = result.outputFiles;
  if (!file) throw new Error('esbuild made no output for the agent');
  return file.text;
}
