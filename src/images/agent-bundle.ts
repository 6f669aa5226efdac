import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KdevError } from '../core/error.ts';

/**
 * The agent as one file that needs nothing but Node, as the build made it: what goes into the sidecar as `agent.mjs`.
 *
 * @throws KdevError `package-incomplete`
 */
export async function readAgentBundle(root: string): Promise<string> {
  const file = path.join(root, 'dist', 'agent.js');
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new KdevError({
      code: 'package-incomplete',
      fault: 'environment',
      what: `The agent's bundle ${file} is not there, so the sidecar's image cannot be made.`,
      cure: 'In a checkout, run: npm run build. Else install kdev again.',
      cause,
    });
  }
}
