import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KdevError } from '../core/error.ts';
import type { ArtifactRecipe } from './artifact.ts';

/**
 * The name an artifact is kept under: 32 hex digits over the recipe's name, the base names and bytes of its input
 * files, and its values, each with its length, so that nothing can slide from one into another. Where a file lies
 * does not count: the same project elsewhere has the same keys.
 *
 * @throws KdevError `artifact-input-missing` when an input file cannot be read.
 */
export async function artifactKey(recipe: Pick<ArtifactRecipe, 'name' | 'inputs'>): Promise<string> {
  const hash = createHash('sha256');
  const add = (kind: string, content: string | Buffer): void => {
    hash.update(`${kind} ${Buffer.byteLength(content)}\n`).update(content);
  };
  add('name', recipe.name);
  for (const file of recipe.inputs.files ?? []) {
    add('file', path.basename(file));
    add('bytes', await readInput(file, recipe.name));
  }
  for (const value of recipe.inputs.values ?? []) add('value', value);
  return hash.digest('hex').slice(0, 32);
}

async function readInput(file: string, name: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new KdevError({
      code: 'artifact-input-missing',
      fault: 'environment',
      what: `Cannot read ${file}, which goes into ${name}.`,
      cure: 'Restore the file; a fresh checkout has it.',
      where: file,
      cause,
    });
  }
}
