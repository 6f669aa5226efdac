import fc from 'fast-check';
import type { JsonSchema } from './schema-of-type.ts';

/** Values that a schema allows. */
export function arbitraryOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return fc.oneof(...alternatives.map(arbitraryOf));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.pattern !== undefined) {
    const range = { min: new Date('2020-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z') };
    return fc.date({ ...range, noInvalidDate: true }).map((date) => date.toISOString());
  }
  switch (schema.type) {
    case 'string':
      return fc.string();
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}), { maxLength: 3 });
    case 'object': {
      const properties = Object.entries(schema.properties ?? {});
      const arbitraries = Object.fromEntries(properties.map(([key, value]) => [key, arbitraryOf(value)]));
      return fc.record(arbitraries, { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true });
    }
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}`);
  }
}
