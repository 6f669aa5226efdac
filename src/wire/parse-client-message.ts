import {
  containerPath,
  count,
  type Fields,
  fieldsOf,
  flag,
  linkTarget,
  listOf,
  oneOf,
  optional,
  rangesWithin,
  runCommand,
  runCommands,
  sha256,
  text,
  treeEntry,
} from './check.ts';
import {
  type BatchEntry,
  type ClientMessage,
  type MappingFacts,
  maxRanges,
  type Ranges,
} from './messages.ts';

const types = [
  'hello',
  'batch',
  'commit',
  'list',
  'verify',
  'open',
  'sums',
  'restart',
  'run',
  'ping',
] as const;

/** What a session sent, field by field; unknown fields are left out. @throws KdevError `agent-protocol` */
export function parseClientMessage(json: unknown): ClientMessage {
  const from = fieldsOf(json, 'message');
  const type = oneOf(from, 'type', types);
  switch (type) {
    case 'hello':
      return {
        type,
        protocol: count(from, 'protocol'),
        version: text(from, 'version'),
        term: count(from, 'term'),
        container: text(from, 'container'),
        mappings: listOf(from, 'mappings', parseMapping),
      };
    case 'batch':
      return { type, seq: count(from, 'seq'), entries: listOf(from, 'entries', parseBatchEntry) };
    case 'commit':
      return {
        type,
        seq: count(from, 'seq'),
        ...optional(from, 'restart', flag),
        ...optional(from, 'runs', runCommands),
      };
    case 'restart':
      return { type, id: count(from, 'id'), graceMs: count(from, 'graceMs') };
    case 'run':
      return { type, id: count(from, 'id'), run: runCommand(from['run']) };
    case 'sums':
      return { type, id: count(from, 'id'), path: containerPath(from, 'path') };
    case 'list':
    case 'verify':
    case 'open':
    case 'ping':
      return { type, id: count(from, 'id') };
    default:
      return type satisfies never;
  }
}

function parseMapping(value: unknown): MappingFacts {
  const from = fieldsOf(value, 'mapping');
  return { path: containerPath(from, 'path'), kind: oneOf(from, 'kind', ['dir', 'file']) };
}

function parseBatchEntry(value: unknown): BatchEntry {
  const from = fieldsOf(value, 'entry');
  const op = oneOf(from, 'op', ['file', 'link', 'dir', 'delete', 'adopt']);
  const path = containerPath(from, 'path');
  switch (op) {
    case 'file':
      return {
        op,
        path,
        size: count(from, 'size'),
        exec: flag(from, 'exec'),
        digest: sha256(from, 'digest'),
        mode: permissions(from),
        ...(from['base'] !== undefined && { base: parseBase(from['base'], count(from, 'size')) }),
      };
    case 'link':
      return { op, path, target: linkTarget(from, 'target') };
    case 'dir':
      return { op, path, mode: permissions(from) };
    case 'delete':
      return { op, path };
    case 'adopt':
      return { op, path, entry: treeEntry(from, 'entry') };
    default:
      return op satisfies never;
  }
}

function parseBase(value: unknown, size: number): { readonly path: string; readonly ranges: Ranges } {
  const from = fieldsOf(value, 'base');
  return { path: containerPath(from, 'path'), ranges: rangesWithin(from, 'ranges', size, maxRanges) };
}

/** Read, write and execute bits; whatever else a mode may carry (set-uid, set-gid, sticky) is never synced. */
function permissions(from: Fields): number {
  return count(from, 'mode') & 0o777;
}
