import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Kustomize } from './kustomize.ts';

/** The first kubectl whose built-in kustomize is version 5. */
const oldestKubectlMinor = 27;

/**
 * A program on PATH that builds kustomizations: kustomize itself, else a kubectl that is new enough; `undefined` when
 * there is neither.
 *
 * @param path @default the PATH of this process
 */
export async function findKustomize(path = process.env['PATH'] ?? ''): Promise<Kustomize | undefined> {
  const own = findProgram('kustomize', path);
  if (own !== undefined) return { command: [own, 'build'] };
  const kubectl = findProgram('kubectl', path);
  if (kubectl === undefined) return undefined;
  const minor = await kubectlMinor(kubectl);
  return minor >= oldestKubectlMinor ? { command: [kubectl, 'kustomize'] } : undefined;
}

function findProgram(name: string, path: string): string | undefined {
  for (const dir of path.split(delimiter)) {
    if (dir === '') continue;
    const file = join(dir, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here; the next directory.
    }
  }
  return undefined;
}

async function kubectlMinor(kubectl: string): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)(kubectl, ['version', '--client', '--output=json']);
    const parsed = JSON.parse(stdout) as { readonly clientVersion?: { readonly minor?: string } };
    return Number.parseInt(parsed.clientVersion?.minor ?? '0', 10);
  } catch {
    // A kubectl that cannot even say its version is none.
    return 0;
  }
}
