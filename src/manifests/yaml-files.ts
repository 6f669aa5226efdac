import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KdevError, messageOf } from '../core/error.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { parseManifests } from './parse-manifests.ts';

/**
 * The objects of manifest files, in the order of the files.
 *
 * @param files relative to `root`
 * @throws `manifest-missing`, `manifest-invalid`
 */
export async function renderYamlFiles(options: {
  readonly root: string;
  readonly files: readonly string[];
}): Promise<readonly KubernetesObject[]> {
  const { root, files } = options;
  const parsed = await Promise.all(
    files.map(async (file) => parseManifests({ text: await readManifest(root, file), file })),
  );
  return parsed.flat();
}

async function readManifest(root: string, file: string): Promise<string> {
  try {
    return await readFile(resolve(root, file), 'utf8');
  } catch (cause) {
    throw new KdevError({
      code: 'manifest-missing',
      fault: 'user',
      what: `The manifest ${file} cannot be read.`,
      why: `${messageOf(cause)}.`,
      cure: 'Correct "manifests" of this environment, or bring the file back.',
      where: file,
      cause,
    });
  }
}
