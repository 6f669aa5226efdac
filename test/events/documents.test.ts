import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { documentedSchemas } from './documented-schemas.ts';

const repository = path.resolve(import.meta.dirname, '..', '..');

/** As the project's formatter writes JSON. */
function format(value: unknown): string {
  const biome = path.join(repository, 'node_modules', '.bin', 'biome');
  const input = JSON.stringify(value, undefined, 2);
  const args = ['format', '--stdin-file-path=some.schema.json'];
  return execFileSync(biome, args, { cwd: repository, input, encoding: 'utf8' });
}

it.each(Object.keys(documentedSchemas))(
  'docs/%s is what the type says (npx vitest run test/events/documents -u writes it)',
  async (file) => {
    const schema = format(documentedSchemas[file]?.());
    await expect(schema).toMatchFileSnapshot(path.join(repository, 'docs', file));
  },
  180_000,
);
