import type { TreeEntry } from '../core/entry.ts';
import type { RunCommand } from '../core/run-command.ts';
import { whyNoContainerPath } from './container-path.ts';
import { wireError } from './wire-error.ts';

/**
 * Small validators for what came over the wire. Each takes the object that holds the field, gives the field back
 * with its type, and throws KdevError `agent-protocol` that names the field when it is anything else.
 */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(name, 'an object', value);
  return value as Fields;
}

export function text(from: Fields, name: string): string {
  const value = from[name];
  return typeof value === 'string' ? value : fail(name, 'a string', value);
}

export function flag(from: Fields, name: string): boolean {
  const value = from[name];
  return typeof value === 'boolean' ? value : fail(name, 'true or false', value);
}

/** A whole number from 0 up to 2^53 − 1. */
export function count(from: Fields, name: string): number {
  const value = from[name];
  return isCount(value) ? value : fail(name, 'a whole number from 0', value);
}

/** Any finite number from 0, such as a duration. */
export function amount(from: Fields, name: string): number {
  const value = from[name];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
    ? value
    : fail(name, 'a number from 0', value);
}

export function oneOf<Choice extends string>(from: Fields, name: string, choices: readonly Choice[]): Choice {
  const value = from[name];
  return choices.find((choice) => choice === value) ?? fail(name, choices.join(', '), value);
}

export function listOf<Item>(from: Fields, name: string, parse: (item: unknown) => Item): Item[] {
  const value = from[name];
  return Array.isArray(value) ? value.map(parse) : fail(name, 'a list', value);
}

export function containerPath(from: Fields, name: string): string {
  const value = text(from, name);
  const why = whyNoContainerPath(value);
  if (why !== undefined) throw wireError(`"${name}" must be a path, but ${JSON.stringify(value)} ${why}`);
  return value;
}

export function sha256(from: Fields, name: string): string {
  const value = text(from, name);
  return /^[0-9a-f]{64}$/.test(value) ? value : fail(name, '64 hex digits', value);
}

/** Runs of bytes of a file of `size`, ascending and apart. */
export function rangesWithin(from: Fields, name: string, size: number, most: number): [number, number][] {
  let end = 0;
  const ranges = listOf(from, name, (range): [number, number] => {
    const [offset, length]: unknown[] = Array.isArray(range) ? range : [];
    if (!isCount(offset) || !isCount(length) || offset < end || length < 1 || offset + length > size)
      throw wrong(name, `ascending runs of bytes within ${size}`, range);
    end = offset + length;
    return [offset, length];
  });
  return ranges.length <= most ? ranges : fail(name, `at most ${most} runs of bytes`, ranges.length);
}

/** `{name: parsed}` where the field is there, else `{}`: what `exactOptionalPropertyTypes` asks for. */
export function optional<Name extends string, Value>(
  from: Fields,
  name: Name,
  parse: (from: Fields, name: Name) => Value,
): { readonly [Key in Name]?: Value } {
  if (from[name] === undefined) return {};
  return { [name]: parse(from, name) } as { readonly [Key in Name]?: Value };
}

export function treeEntry(from: Fields, name: string): TreeEntry {
  const entry = fieldsOf(from[name], name);
  const type = oneOf(entry, 'type', ['file', 'link', 'dir']);
  switch (type) {
    case 'file':
      return { type, size: count(entry, 'size'), exec: flag(entry, 'exec'), digest: sha256(entry, 'digest') };
    case 'link':
      return { type, target: linkTarget(entry, 'target') };
    case 'dir':
      return { type };
    default:
      return type satisfies never;
  }
}

/** What a symbolic link may hold: anything but nothing and NUL. */
export function linkTarget(from: Fields, name: string): string {
  const value = text(from, name);
  return value !== '' && !value.includes('\0') ? value : fail(name, 'a link target', value);
}

/** A command to run: at least a program. */
export function runCommand(value: unknown): RunCommand {
  const from = fieldsOf(value, 'run');
  const command = listOf(from, 'command', (part) =>
    typeof part === 'string' && !part.includes('\0') ? part : fail('command', 'texts without NUL', part),
  );
  if (command.length === 0) fail('command', 'a program and its arguments', command);
  return { command, timeoutMs: amount(from, 'timeoutMs') };
}

export function runCommands(from: Fields, name: string): RunCommand[] {
  return listOf(from, name, runCommand);
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function fail(name: string, expected: string, value: unknown): never {
  throw wrong(name, expected, value);
}

function wrong(name: string, expected: string, value: unknown): Error {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
  return wireError(`"${name}" must be ${expected}, not ${shown}`);
}
