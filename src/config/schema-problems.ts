import type { z } from 'zod';
import { nearestName } from '../core/did-you-mean.ts';
import type { ConfigProblem } from './config-problem.ts';
import { configSchema } from './config-schema.ts';

/** What zod found, in kdev's words: expected and received, with the value, and "did you mean" for unknown keys. */
export function schemaProblems(error: z.core.$ZodError): readonly ConfigProblem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, []));
}

function problemsOf(issue: z.core.$ZodIssue, outer: readonly (string | number)[]): readonly ConfigProblem[] {
  const path = [...outer, ...issue.path.filter((key) => typeof key !== 'symbol')];
  if (issue.code === 'invalid_union') {
    // The one alternative whose kind was meant tells more than that none of them fits.
    const meant = issue.errors.filter((issues) => issues.every((inner) => inner.path.length > 0));
    if (meant.length === 1 && meant[0]) return meant[0].flatMap((inner) => problemsOf(inner, path));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, path, issue.keys) }));
  }
  if (issue.input === undefined) return [{ path, message: `missing: expected ${issue.message}` }];
  return [{ path, message: `expected ${issue.message}, not ${show(issue.input)}` }];
}

function unknownKey(key: string, path: readonly (string | number)[], unknown: readonly string[]): string {
  const known = keysAt(configSchema, path).filter((name) => !unknown.includes(name));
  const nearest = nearestName(key, known);
  if (nearest !== undefined) return `there is no such option; did you mean ${nearest}?`;
  return known.length === 0
    ? 'there is no such option'
    : `there is no such option; those that exist are ${known.join(', ')}`;
}

/** The keys that the schema allows at a path, looked up through records, lists, unions and optional parts. */
function keysAt(schema: z.core.$ZodType, path: readonly (string | number)[]): readonly string[] {
  const { def } = (schema as z.ZodType)._zod as unknown as { readonly def: SchemaDef };
  if (def.innerType) return keysAt(def.innerType, path);
  if (def.options) return def.options.flatMap((option) => keysAt(option, path));
  const [key, ...rest] = path;
  if (key === undefined) return def.shape ? Object.keys(def.shape) : [];
  const inner = def.shape?.[key] ?? def.valueType ?? def.element;
  return inner ? keysAt(inner, rest) : [];
}

interface SchemaDef {
  readonly innerType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly shape?: Readonly<Record<string | number, z.core.$ZodType>>;
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
}

/** A value as it stands in a source, cut to a readable length. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'undefined') {
    return String(value);
  }
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}…` : value}'`;
  if (typeof value === 'number') return String(value);
  const json = JSON.stringify(value) ?? 'a value that cannot be shown';
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}
