import type { JsonSchema } from './schema-of-type.ts';

interface Mutation {
  readonly what: string;
  readonly mutant: unknown;
}

/**
 * Every value that differs from a valid one in one place and is not valid any more: a required key less, a key more,
 * another type, an unknown word.
 */
export function mutationsOf(schema: JsonSchema, value: unknown, at = ''): readonly Mutation[] {
  const here = (what: string, mutant: unknown): Mutation => ({
    what: `${what} at ${at || 'the top'}`,
    mutant,
  });
  if (schema.const !== undefined || schema.enum || schema.pattern !== undefined) {
    return [here('an unknown word', 'no such word'), here('a number', 7), here('null', null)];
  }
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) {
    // What is wrong for one alternative may be right for another one; no alternative is a plain word.
    const words = alternatives.some(({ type }) => type === 'string');
    return words ? [] : [here('another type', 'no such word')];
  }
  const mutations = [here('another type', schema.type === 'string' ? 7 : 'a word')];
  if (schema.type !== 'null') mutations.push(here('null', null));
  if (Array.isArray(value)) {
    const replaced = value.flatMap((item, index) =>
      mutationsOf(schema.items ?? {}, item, `${at}[${index}]`).map(({ what, mutant }) => ({
        what,
        mutant: value.with(index, mutant),
      })),
    );
    return [...mutations, ...replaced];
  }
  if (schema.type !== 'object') return mutations;
  const object = value as Readonly<Record<string, unknown>>;
  mutations.push(here('a key more', { ...object, 'no-such-key': 1 }));
  for (const [key, inner] of Object.entries(object)) {
    const { [key]: _, ...others } = object;
    if (schema.required?.includes(key)) mutations.push(here(`no ${key}`, others));
    for (const { what, mutant } of mutationsOf(schema.properties?.[key] ?? {}, inner, `${at}.${key}`)) {
      mutations.push({ what, mutant: { ...object, [key]: mutant } });
    }
  }
  return mutations;
}
