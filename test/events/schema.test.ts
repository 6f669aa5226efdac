import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryOf } from './arbitrary-of.ts';
import { documentedSchemas } from './documented-schemas.ts';
import { mutationsOf } from './mutations-of.ts';
import { readSchema, validatorOf } from './valid-event.ts';

describe.each(Object.keys(documentedSchemas))('docs/%s', (file) => {
  const schema = readSchema(file);
  const isValid = validatorOf(schema);
  const kinds = (schema.oneOf ?? [schema]).map((kind) => [kind.title ?? file, kind] as const);

  it.each(kinds)('takes %s, and nothing that differs from it in one place', (_, kind) => {
    fc.assert(
      fc.property(arbitraryOf(kind), (value) => {
        expect(isValid(value), JSON.stringify(value)).toBe(true);
        for (const { what, mutant } of mutationsOf(kind, value)) {
          expect(isValid(mutant), `${what}: ${JSON.stringify(mutant)}`).toBe(false);
        }
      }),
      { numRuns: 30 },
    );
  });
});
