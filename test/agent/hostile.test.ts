import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeDataHeader, encodeMessage } from '../../src/wire/frame.ts';
import { type AgentMessage, protocolVersion } from '../../src/wire/messages.ts';
import { connect, type Pod, startPod } from './pod-fixture.ts';
import { dir, encodeBatch, file, type Item, link, remove } from './session-client.ts';
import { waitFor } from './wait-for.ts';

type Refused = Extract<AgentMessage, { type: 'refused' }>;

async function refusalOf(pod: Pod, bytes: Buffer, hello = true): Promise<Refused | undefined> {
  const session = connect(pod.agent);
  if (hello) await session.hello();
  session.socket.write(bytes);
  await waitFor('the agent to close', () => session.closed);
  return session.received.find((message): message is Refused => message.type === 'refused');
}

const paths = [
  'relative',
  '../up',
  '/app/../etc/x',
  '/app/./x',
  '/app//x',
  '/app/x/',
  '',
  '/app/\0',
  `/app/${'x'.repeat(256)}`,
];
test.each(paths)('the path %j is refused before anything of its batch counts', async (wrong) => {
  const pod = await startPod();
  const refused = await refusalOf(pod, encodeBatch(1, [file('/app/fine', 'x'), file(wrong, 'x')]));
  expect(refused).toMatchObject({ code: 'malformed' });
  expect((await pod.session.list()).entries).toEqual([]);
});

const malformed: readonly (readonly [string, Buffer])[] = [
  ['a length beyond the limit', Buffer.of(0xff, 0xff, 0xff, 0xff)],
  ['an empty frame', Buffer.alloc(4)],
  ['an unknown frame type', Buffer.of(0, 0, 0, 1, 9)],
  ['no JSON', Buffer.concat([Buffer.of(0, 0, 0, 3, 1), Buffer.from('{{')])],
  ['an unknown message', encodeMessage({ type: 'format-disk' })],
  [
    'a second hello',
    encodeMessage({
      type: 'hello',
      protocol: protocolVersion,
      version: '',
      term: 1,
      container: 'app',
      mappings: [],
    }),
  ],
  ['content without a batch', encodeDataHeader(0, 0)],
  ['a commit without a batch', encodeMessage({ type: 'commit', seq: 1 })],
  [
    'a commit of another batch',
    Buffer.concat([
      encodeMessage({ type: 'batch', seq: 1, entries: [] }),
      encodeMessage({ type: 'commit', seq: 2 }),
    ]),
  ],
  [
    'content for no file',
    Buffer.concat([
      encodeMessage({ type: 'batch', seq: 1, entries: [dir('/app/d').entry] }),
      encodeDataHeader(0, 1),
      Buffer.of(1),
    ]),
  ],
  [
    'more content than announced',
    Buffer.concat([
      encodeMessage({ type: 'batch', seq: 1, entries: [file('/app/f', 'x').entry] }),
      encodeDataHeader(0, 2),
      Buffer.of(1, 2),
    ]),
  ],
  [
    'a negative size',
    encodeMessage({ type: 'batch', seq: 1, entries: [{ ...file('/app/f', 'x').entry, size: -1 }] }),
  ],
];
test.each(malformed)('%s ends the connection with a reason, and the agent lives on', async (_, bytes) => {
  const pod = await startPod();
  expect(await refusalOf(pod, bytes)).toMatchObject({ code: 'malformed' });
  expect((await pod.session.request({ type: 'ping' })).ok).toBe(true);
});

test('nothing is served before hello', async () => {
  const pod = await startPod();
  expect(await refusalOf(pod, encodeMessage({ type: 'list', id: 1 }), false)).toMatchObject({
    code: 'malformed',
  });
});

test('an unknown container is refused with the names of those that are known', async () => {
  const pod = await startPod();
  const hello = {
    type: 'hello',
    protocol: protocolVersion,
    version: '',
    term: 1,
    container: 'other',
    mappings: [],
  };
  const refused = await refusalOf(pod, encodeMessage(hello), false);
  expect(refused).toMatchObject({ code: 'unknown-container' });
  expect(refused?.message).toContain('app');
});

test('R16: another protocol version is refused by name', async () => {
  const pod = await startPod();
  const hello = {
    type: 'hello',
    protocol: protocolVersion + 1,
    version: '9.9',
    term: 1,
    container: 'app',
    mappings: [],
  };
  expect(await refusalOf(pod, encodeMessage(hello), false)).toMatchObject({ code: 'protocol' });
});

test('random and mutated bytes never end the agent', async () => {
  const pod = await startPod();
  const sound = encodeBatch(1, [file('/app/a', 'content'), link('/app/l', 'a'), remove('/app/b')]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      async (mutations) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of mutations) bytes[at] = value;
        const session = connect(pod.agent);
        await session.hello();
        session.socket.end(bytes);
        await waitFor('the agent to close', () => session.closed);
      },
    ),
    { numRuns: 150 },
  );
  expect((await pod.session.request({ type: 'ping' })).ok).toBe(true);
  expect(pod.agent.log).not.toContain('    at ');
});

test('a file is never made of what is outside the mappings, behind a link, or not kdev’s own', async () => {
  const { session, at, put } = await startPod();
  put('/elsewhere/secret', 'secret');
  put('/app/foreign', 'secret');
  symlinkSync('/elsewhere', at('/app/out'));
  symlinkSync('/elsewhere/secret', at('/app/link'));
  const bases = ['/elsewhere/secret', '/app/foreign', '/app/out/secret', '/app/link', '/app/nothing'];
  const items = bases.map((base, index): Item => {
    const { entry } = file(`/app/${index}`, 'secret');
    return { entry: entry.op === 'file' ? { ...entry, base: { path: base, ranges: [] } } : entry };
  });
  const ack = await session.apply(1, items);
  expect(ack.problems.map(({ code }) => code)).toEqual(bases.map(() => 'send-whole'));
  for (const index of bases.keys()) expect(existsSync(at(`/app/${index}`))).toBe(false);
});

test('a file of 10 GB of which nothing was sent makes nothing, and takes neither memory nor time', async () => {
  const { session, at } = await startPod();
  await session.apply(1, [file('/app/base', 'a little')]);
  const { entry } = file('/app/huge', '');
  if (entry.op !== 'file') throw new Error('no file');
  const huge = {
    ...entry,
    size: 10_000_000_000,
    base: { path: '/app/base', ranges: [[9_999_999_990, 10]] },
  } as const;
  const ack = await session.apply(2, [
    { entry: huge, content: Buffer.alloc(10) },
    { entry: { ...huge, path: '/app/other' } },
  ]);
  expect(ack.problems.map(({ code }) => code)).toEqual(['send-whole', 'send-whole']);
  expect(existsSync(at('/app/huge'))).toBe(false);
});

test('links below a mapping are never followed: neither out of the root nor within it', async () => {
  const { session, at, dir: folder, put } = await startPod();
  put('/elsewhere/secret', 'secret');
  symlinkSync('/elsewhere', at('/app/absolute'));
  symlinkSync('../elsewhere', at('/app/relative'));
  symlinkSync(folder, at('/app/host'));
  symlinkSync('/proc/self/root', at('/app/proc'));
  symlinkSync('loop', at('/app/loop'));
  const through = ['absolute', 'relative', 'host', 'proc', 'loop'];
  const ack = await session.apply(1, [
    ...through.map((name) => file(`/app/${name}/planted`, 'x')),
    ...through.map((name) => remove(`/app/${name}/secret`)),
    ...through.map((name) => dir(`/app/${name}/made`)),
    file('/app/fine', 'x'),
  ]);
  expect(new Set(ack.problems.map((problem) => problem.code))).toEqual(new Set(['outside-root']));
  expect(ack.problems.length).toBe(15);
  expect(readFileSync(at('/elsewhere/secret'), 'utf8')).toBe('secret');
  expect(
    (await session.list()).entries.filter((entry) => entry.entry.type === 'file').map((entry) => entry.path),
  ).toEqual(['/app/fine']);
});

test('a mapping that leads out of the root through links ends inside of it, as in the container', async () => {
  const mappings = [{ path: '/code', kind: 'dir' }] as const;
  const { session, at } = await startPod({ mappings }, ({ at, put }) => {
    put('/tmp/app/a', 'a');
    symlinkSync('../../../../../../../../tmp/app', at('/code'));
  });
  expect((await session.list()).entries.map((entry) => entry.path)).toEqual(['/code/a']);
  await session.apply(1, [file('/code/b', 'b')]);
  expect(readFileSync(at('/tmp/app/b'), 'utf8')).toBe('b');
});

test('paths outside of every mapping and kdev’s own names are refused one by one', async () => {
  const { session, at, put } = await startPod({}, ({ put }) => put('/etc/passwd', 'root'));
  put('/application/x', 'beside');
  const ack = await session.apply(1, [
    file('/etc/passwd', 'x'),
    remove('/application/x'),
    file('/app/.kdev-stage', 'x'),
    file('/app/.kdev-stage-1/x', 'x'),
    file('/app/fine', 'x'),
  ]);
  expect(ack.problems.map(({ path, code }) => `${path} ${code}`).sort()).toEqual([
    '/app/.kdev-stage reserved-name',
    '/app/.kdev-stage-1/x reserved-name',
    '/application/x outside-root',
    '/etc/passwd outside-root',
  ]);
  expect([readFileSync(at('/etc/passwd'), 'utf8'), readFileSync(at('/application/x'), 'utf8')]).toEqual([
    'root',
    'beside',
  ]);
});

test('deleting the mapped directory itself takes what kdev knows and leaves the rest', async () => {
  const { session, put } = await startPod();
  await session.apply(1, [file('/app/a', 'a')]);
  put('/app/foreign', 'x');
  const ack = await session.apply(2, [remove('/app')]);
  expect(ack.problems).toMatchObject([{ path: '/app', code: 'foreign-files' }]);
  expect((await session.list()).entries.map((entry) => entry.path)).toEqual(['/app/foreign']);
});

test('a directory that flips to a link and back while batches arrive lets nothing out of the root', async () => {
  const { session, at, dir: folder } = await startPod();
  const trap = path.join(folder, 'trap');
  mkdirSync(trap);
  let running = true;
  let flips = 0;
  const flipping = (async () => {
    while (running) {
      flips += 1;
      for (const flip of [
        () => mkdirSync(at('/app/flip')),
        () => renameSync(at('/app/flip'), at(`/away-${flips}`)),
        () => symlinkSync(trap, at('/app/flip')),
        () => unlinkSync(at('/app/flip')),
      ]) {
        try {
          flip();
        } catch {
          // The agent was faster and has made the directory itself.
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  })();
  for (let seq = 1; seq <= 150; seq++) {
    await session.apply(seq, [
      file(`/app/flip/f${seq}`, 'x'),
      remove(`/app/flip/f${seq - 1}`),
      dir(`/app/flip/d${seq}`),
    ]);
  }
  running = false;
  await flipping;

  expect(readdirSync(trap)).toEqual([]);
});
