import fc from 'fast-check';
import { expect, test } from 'vitest';
import { whyNoContainerPath } from './container-path.ts';
import type { AgentMessage, ClientMessage } from './messages.ts';
import { parseAgentMessage } from './parse-agent-message.ts';
import { parseClientMessage } from './parse-client-message.ts';

const digest = 'ab'.repeat(32);
const incarnation = { nonce: 'n', pid: 1, startTime: '2' };
const facts = {
  uid: 0,
  gid: 0,
  groups: [1, 2],
  capPermitted: '00',
  capEffective: '00',
  readOnlyRoot: false,
  argv: ['python', 'app.py'],
  workingDir: '/app',
};

const clientMessages: readonly ClientMessage[] = [
  {
    type: 'hello',
    protocol: 2,
    version: '0.1.0',
    term: 3,
    container: 'app',
    mappings: [
      { path: '/app', kind: 'dir' },
      { path: '/etc/app.conf', kind: 'file' },
    ],
  },
  {
    type: 'batch',
    seq: 7,
    entries: [
      { op: 'file', path: '/app/a', size: 1, exec: true, digest, mode: 0o755 },
      { op: 'link', path: '/app/l', target: '../a' },
      { op: 'dir', path: '/app/d', mode: 0o755 },
      { op: 'delete', path: '/app/x' },
      { op: 'adopt', path: '/app/i', entry: { type: 'file', size: 1, exec: false, digest } },
    ],
  },
  { type: 'commit', seq: 7 },
  { type: 'list', id: 1 },
  { type: 'verify', id: 2 },
  { type: 'open', id: 3 },
  { type: 'restart', id: 4, graceMs: 100 },
  { type: 'ping', id: 5 },
];

const agentMessages: readonly AgentMessage[] = [
  {
    type: 'welcome',
    protocol: 2,
    version: '0.1.0',
    term: 1,
    seq: 2,
    incarnation,
    gate: 'shut',
    app: { state: 'held', exit: { code: null, signal: 'SIGKILL' } },
    digest,
    revision: 7,
    stale: true,
    facts,
    problem: { code: 'other-image', message: 'm' },
  },
  { type: 'refused', code: 'old-term', message: 'm', term: 9 },
  {
    type: 'ack',
    term: 1,
    seq: 2,
    incarnation,
    digest,
    revision: 7,
    receiveMs: 0.5,
    applyMs: 1.5,
    problems: [{ path: '/app/a', code: 'EACCES', message: 'm' }],
  },
  { type: 'nack', term: 1, seq: 2, code: 'ENOSPC', message: 'm' },
  {
    type: 'listing',
    id: 1,
    entries: [{ path: '/app/l', entry: { type: 'link', target: 'x' }, known: true }],
    last: true,
    problems: [],
  },
  { type: 'result', id: 1, ok: true, digest, oldPid: 1, newPid: 2, killed: 0, ms: 1.5 },
  { type: 'result', id: 1, ok: false, code: 'c', message: 'm' },
  { type: 'incarnation', incarnation, gate: 'open', digest, revision: 7, replayed: 3, facts },
  { type: 'gone' },
  { type: 'app', app: { state: 'running', pid: 5 }, gate: 'open', stale: false },
  { type: 'credit', bytes: 5 },
];

test.each(clientMessages.map((message) => [message.type, message] as const))(
  'a session’s %s comes through as it was, and without what nobody knows',
  (_, message) => {
    expect(parseClientMessage({ ...message, unknown: 1 })).toEqual(message);
  },
);

test.each(agentMessages.map((message) => [message.type, message] as const))(
  'an agent’s %s comes through as it was, and without what nobody knows',
  (_, message) => {
    expect(parseAgentMessage({ ...message, unknown: 1 })).toEqual(message);
  },
);

test('whatever is wrong in a message, at any depth, it is refused or harmless, and never anything else', () => {
  const parsers = [
    ...clientMessages.map((message) => [parseClientMessage, message] as const),
    ...agentMessages.map((message) => [parseAgentMessage, message] as const),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...parsers), fc.nat(), fc.jsonValue(), ([parse, message], which, value) => {
      try {
        parse(replaceOne(message, which, value));
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: 'KdevError', code: 'agent-protocol' });
      }
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['/', true],
  ['/app/file.py', true],
  ['/app/..hidden', true],
  ['/app/raw\udcff', true],
  ['', false],
  ['app', false],
  ['/app/', false],
  ['//app', false],
  ['/app/../x', false],
  ['/..', false],
  ['/./app', false],
  ['/app/\0', false],
  [`/${'x'.repeat(256)}`, false],
  ['/x'.repeat(2048), false],
])('%j as a container path: %s', (text, isPath) => {
  expect(whyNoContainerPath(text) === undefined).toBe(isPath);
});

test('an error names the field, what was expected and what came', () => {
  expect(() => parseClientMessage({ type: 'commit', seq: -1 })).toThrow(
    '"seq" must be a whole number from 0, not -1',
  );
  const entry = { op: 'delete', path: '/app/../etc' };
  expect(() => parseClientMessage({ type: 'batch', seq: 1, entries: [entry] })).toThrow('has the part ..');
});

test.each([
  ['beyond the end', [[90, 20]]],
  [
    'backwards',
    [
      [50, 10],
      [40, 5],
    ],
  ],
  [
    'one over the other',
    [
      [10, 10],
      [15, 10],
    ],
  ],
  ['empty', [[10, 0]]],
  ['no pair', [[10]]],
  ['negative', [[-1, 5]]],
  ['10 GB long', [[0, 10_000_000_000]]],
  ['too many', Array.from({ length: 50 }, (_, index) => [index, 1]).concat(Array(2_000).fill([60, 1]))],
])('ranges of a file that are %s are refused', (_, ranges) => {
  const base = { path: '/app/base', ranges };
  const entry = {
    op: 'file',
    path: '/app/f',
    size: 100,
    exec: false,
    digest: 'a'.repeat(64),
    mode: 0o644,
    base,
  };
  expect(() => parseClientMessage({ type: 'batch', seq: 1, entries: [entry] })).toThrow('"ranges" must be');
  const outside = { ...entry, base: { path: '/app/../etc/shadow', ranges: [] } };
  expect(() => parseClientMessage({ type: 'batch', seq: 1, entries: [outside] })).toThrow('has the part ..');
});

test('set-uid and its like never come over the wire', () => {
  const entry = { op: 'dir', path: '/app/d', mode: 0o7755 };
  expect(parseClientMessage({ type: 'batch', seq: 1, entries: [entry] })).toMatchObject({
    entries: [{ mode: 0o755 }],
  });
});

/** The message with one of its values, at any depth, replaced. */
function replaceOne(message: unknown, which: number, value: unknown): unknown {
  const places: ((root: unknown) => void)[] = [];
  const copy = structuredClone(message);
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push(() => Reflect.set(node, key, value));
      visit(Reflect.get(node, key));
    }
  };
  visit(copy);
  places[which % places.length]?.(copy);
  return copy;
}
