import type {
  AppState,
  ContainerFacts,
  ContainerProblem,
  Incarnation,
  PathProblem,
} from '../core/replica-facts.ts';
import {
  amount,
  containerPath,
  count,
  type Fields,
  fieldsOf,
  flag,
  isCount,
  listOf,
  oneOf,
  optional,
  runCommands,
  sha256,
  text,
  treeEntry,
} from './check.ts';
import type { AgentMessage } from './messages.ts';
import { wireError } from './wire-error.ts';

const types = [
  'welcome',
  'refused',
  'ack',
  'nack',
  'listing',
  'sums',
  'result',
  'output',
  'incarnation',
  'gone',
  'app',
  'credit',
] as const;
const gates = ['shut', 'open'] as const;

/**
 * What an agent sent, field by field; unknown fields are left out. Comes from a pod, so it is treated as hostile.
 * @throws KdevError `agent-protocol`
 */
export function parseAgentMessage(json: unknown): AgentMessage {
  const from = fieldsOf(json, 'message');
  const type = oneOf(from, 'type', types);
  switch (type) {
    case 'welcome':
      return {
        type,
        protocol: count(from, 'protocol'),
        version: text(from, 'version'),
        term: count(from, 'term'),
        seq: count(from, 'seq'),
        ...optional(from, 'incarnation', parseIncarnation),
        gate: oneOf(from, 'gate', gates),
        app: parseApp(from, 'app'),
        digest: sha256(from, 'digest'),
        revision: count(from, 'revision'),
        stale: flag(from, 'stale'),
        ...(from['restartOwed'] !== undefined && { restartOwed: flag(from, 'restartOwed') }),
        ...optional(from, 'runsOwed', runCommands),
        ...optional(from, 'facts', parseContainerFacts),
        ...optional(from, 'problem', parseContainerProblem),
      };
    case 'refused':
      return {
        type,
        code: oneOf(from, 'code', ['old-term', 'protocol', 'unknown-container', 'malformed']),
        message: text(from, 'message'),
        ...optional(from, 'term', count),
      };
    case 'ack':
      return {
        type,
        term: count(from, 'term'),
        seq: count(from, 'seq'),
        incarnation: parseIncarnation(from, 'incarnation'),
        digest: sha256(from, 'digest'),
        revision: count(from, 'revision'),
        receiveMs: amount(from, 'receiveMs'),
        applyMs: amount(from, 'applyMs'),
        problems: listOf(from, 'problems', parsePathProblem),
      };
    case 'nack':
      return {
        type,
        term: count(from, 'term'),
        seq: count(from, 'seq'),
        code: text(from, 'code'),
        message: text(from, 'message'),
      };
    case 'listing':
      return {
        type,
        id: count(from, 'id'),
        entries: listOf(from, 'entries', parseListed),
        last: flag(from, 'last'),
        problems: listOf(from, 'problems', parsePathProblem),
      };
    case 'sums':
      return { type, id: count(from, 'id'), sums: text(from, 'sums') };
    case 'result':
      return parseResult(from);
    case 'incarnation':
      return {
        type,
        incarnation: parseIncarnation(from, 'incarnation'),
        gate: oneOf(from, 'gate', gates),
        digest: sha256(from, 'digest'),
        revision: count(from, 'revision'),
        replayed: count(from, 'replayed'),
        ...optional(from, 'runsOwed', runCommands),
        ...optional(from, 'facts', parseContainerFacts),
        ...optional(from, 'problem', parseContainerProblem),
      };
    case 'output':
      return { type, id: count(from, 'id'), line: text(from, 'line') };
    case 'gone':
      return { type };
    case 'app':
      return {
        type,
        app: parseApp(from, 'app'),
        gate: oneOf(from, 'gate', gates),
        stale: flag(from, 'stale'),
      };
    case 'credit':
      return { type, bytes: count(from, 'bytes') };
    default:
      return type satisfies never;
  }
}

/** An app's state as the restarter tells it and the agent passes it on. */
export function parseApp(from: Fields, name: string): AppState {
  const app = fieldsOf(from[name], name);
  return {
    state: oneOf(app, 'state', ['waiting', 'running', 'held', 'stopping']),
    ...optional(app, 'pid', count),
    ...optional(app, 'exit', parseExit),
  };
}

function parseResult(from: Fields): AgentMessage {
  const id = count(from, 'id');
  if (!flag(from, 'ok')) {
    return { type: 'result', id, ok: false, code: text(from, 'code'), message: text(from, 'message') };
  }
  return {
    type: 'result',
    id,
    ok: true,
    ...optional(from, 'digest', sha256),
    ...optional(from, 'oldPid', count),
    ...optional(from, 'newPid', count),
    ...optional(from, 'killed', count),
    ...optional(from, 'ms', amount),
    ...optional(from, 'exitCode', count),
    ...optional(from, 'timedOut', flag),
    ...optional(from, 'tail', (fields, name) => listOf(fields, name, String).slice(-20)),
  };
}

function parseExit(from: Fields, name: string): NonNullable<AppState['exit']> {
  const exit = fieldsOf(from[name], name);
  return {
    code: exit['code'] === null ? null : count(exit, 'code'),
    signal: exit['signal'] === null ? null : text(exit, 'signal'),
  };
}

function parseIncarnation(from: Fields, name: string): Incarnation {
  const facts = fieldsOf(from[name], name);
  return { nonce: text(facts, 'nonce'), pid: count(facts, 'pid'), startTime: text(facts, 'startTime') };
}

/** What a restarter says about its container; the same fields stand in its `register` message. */
export function parseContainerFacts(from: Fields, name: string): ContainerFacts {
  const facts = fieldsOf(from[name], name);
  return {
    uid: count(facts, 'uid'),
    gid: count(facts, 'gid'),
    groups: listOf(facts, 'groups', (group) => {
      if (!isCount(group)) throw wireError('"groups" must hold whole numbers');
      return group;
    }),
    capPermitted: text(facts, 'capPermitted'),
    capEffective: text(facts, 'capEffective'),
    readOnlyRoot: flag(facts, 'readOnlyRoot'),
    argv: listOf(facts, 'argv', String),
    workingDir: text(facts, 'workingDir'),
  };
}

function parseContainerProblem(from: Fields, name: string): ContainerProblem {
  const problem = fieldsOf(from[name], name);
  return {
    code: oneOf(problem, 'code', ['other-image', 'root-not-accessible']),
    message: text(problem, 'message'),
  };
}

function parsePathProblem(value: unknown): PathProblem {
  const from = fieldsOf(value, 'problem');
  return { path: text(from, 'path'), code: text(from, 'code'), message: text(from, 'message') };
}

function parseListed(value: unknown): {
  readonly path: string;
  readonly entry: ReturnType<typeof treeEntry>;
  readonly known: boolean;
} {
  const from = fieldsOf(value, 'listed path');
  return {
    path: containerPath(from, 'path'),
    entry: treeEntry(from, 'entry'),
    known: flag(from, 'known'),
  };
}
