import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterAll, afterEach, expect } from 'vitest';
import type { JsonSchema } from './schema-of-type.ts';

const docs = path.resolve(import.meta.dirname, '..', '..', 'docs');
const ajv = new Ajv2020({ strict: true, strictRequired: true });

export function readSchema(file: string): JsonSchema {
  return JSON.parse(readFileSync(path.join(docs, file), 'utf8')) as JsonSchema;
}

export function validatorOf(schema: JsonSchema): ValidateFunction {
  return ajv.compile(schema);
}

const whole = validatorOf(readSchema('events.schema.json'));
const kinds = new Map(
  (readSchema('events.schema.json').oneOf ?? []).map((kind) => [kind.title, validatorOf(kind)]),
);

/** Why this is none of the events of docs/events.schema.json; undefined when it is one. */
function faultOfEvent(value: unknown): string | undefined {
  if (whole(value)) return undefined;
  const kind = kinds.get((value as { readonly event?: string } | null)?.event);
  if (!kind) return `no such event: ${JSON.stringify(value)}`;
  kind(value);
  const faults = (kind.errors ?? []).map(({ instancePath, message, params }: ErrorObject) =>
    `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`.trim(),
  );
  return `${faults.join('; ')}: ${JSON.stringify(value)}`;
}

const wrong: string[] = [];

/** To be told of every event that a test sees: one that the schema does not know fails that test. */
export function seeEvent(value: unknown): void {
  const fault = faultOfEvent(value);
  if (fault !== undefined) wrong.push(fault);
}

/** To be told of what a command printed: with `--json` those are events, or one document that is none. */
export function seeOutput(args: readonly string[], stdout: string): void {
  if (!args.includes('--json')) return;
  for (const line of stdout.split('\n')) if (line.startsWith('{"')) seeEvent(JSON.parse(line));
}

const expectNone = (): void => expect(wrong.splice(0), 'events that the schema does not know').toEqual([]);
afterEach(expectNone);
afterAll(expectNone);
