import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connect, startAgent, startContainer, startPod, testFolder } from './pod-fixture.ts';
import { dir, encodeBatch, file, link, remove } from './session-client.ts';
import { waitFor } from './wait-for.ts';

// Mounts are the container's own, so the test reads through its root as the agent does.
const inside = (pid: number, name: string): string => path.join(`/proc/${pid}/root`, name);

test('A45: a bind-mounted file is written in place, and that is told', async () => {
  const { session, container } = await startPod(
    { container: { mounts: 'mount --bind "$1/config" "$1/app/config"' } },
    ({ put }) => {
      put('/config', 'from a ConfigMap');
      put('/app/config', '');
    },
  );
  const before = statSync(inside(container.pid, '/app/config')).ino;
  const ack = await session.apply(1, [file('/app/config', 'new'), file('/app/other', 'x')]);
  expect(ack.problems).toMatchObject([{ path: '/app/config', code: 'not-atomic' }]);
  expect(readFileSync(inside(container.pid, '/app/config'), 'utf8')).toBe('new');
  expect(statSync(inside(container.pid, '/app/config')).ino).toBe(before);
  const second = await session.apply(2, [remove('/app/config')]);
  expect(second.problems).toMatchObject([{ path: '/app/config', code: 'EBUSY' }]);
});

test('a mount in a deleted directory keeps it, and is still mounted', async () => {
  const mounts = 'mount -t tmpfs none "$1/app/pkg/cache" && echo x > "$1/app/pkg/cache/entry"';
  const { session, container } = await startPod({ container: { mounts } }, ({ at }) => {
    mkdirSync(at('/app/pkg/cache'), { recursive: true });
  });
  await session.apply(1, [dir('/app/pkg/cache'), file('/app/pkg/mod', 'x')]);
  const ack = await session.apply(2, [remove('/app/pkg/cache'), remove('/app/pkg')]);
  expect(ack.problems.map(({ path, code }) => `${path} ${code}`)).toEqual(['/app/pkg/cache EBUSY']);
  expect(readdirSync(inside(container.pid, '/app/pkg/cache'))).toEqual(['entry']);
});

test('A45: a bind-mounted file that is read-only is a problem that names the reason', async () => {
  const mounts = 'mount --bind "$1/config" "$1/app/config" && mount -o remount,bind,ro "$1/app/config"';
  const { session, container } = await startPod({ container: { mounts } }, ({ put }) => {
    put('/config', 'from a ConfigMap');
    put('/app/config', '');
  });
  const ack = await session.apply(1, [file('/app/config', 'new'), file('/app/other', 'x')]);
  expect(ack.problems).toMatchObject([{ path: '/app/config', code: 'EROFS' }]);
  expect(readFileSync(inside(container.pid, '/app/config'), 'utf8')).toBe('from a ConfigMap');
  expect(readFileSync(inside(container.pid, '/app/other'), 'utf8')).toBe('x');
});

test('a volume below the mapping gets its files as atomically as any other directory', async () => {
  const mounts = 'mount -t tmpfs none "$1/app/data"';
  const { session, container } = await startPod({ container: { mounts } }, ({ at }) =>
    mkdirSync(at('/app/data')),
  );
  const ack = await session.apply(1, [
    file('/app/data/a', 'in the volume'),
    link('/app/data/l', 'a'),
    dir('/app/data/d'),
    file('/app/data/d/b', 'b'),
  ]);
  expect(ack.problems).toEqual([]);
  expect(readFileSync(inside(container.pid, '/app/data/l'), 'utf8')).toBe('in the volume');
  expect(readdirSync(inside(container.pid, '/app/data')).sort()).toEqual(['a', 'd', 'l']);
  expect(existsSync(path.join(inside(container.pid, '/.kdev-stage')))).toBe(true);
  expect(readdirSync(inside(container.pid, '/.kdev-stage'))).toEqual([]);
});

test('A24: a full file system changes nothing, is told, and takes the batch once there is room', async () => {
  const mounts = 'mount -t tmpfs -o size=1m none "$1/app"';
  const { session, container } = await startPod({ container: { mounts } });
  await session.apply(1, [file('/app/a', 'old')]);
  session.socket.write(
    encodeBatch(2, [file('/app/a', 'new'), file('/app/large', Buffer.alloc(2_000_000, 'full'))]),
  );
  expect(await session.next('nack')).toMatchObject({ seq: 2, code: 'ENOSPC' });
  expect(readFileSync(inside(container.pid, '/app/a'), 'utf8')).toBe('old');
  expect(readdirSync(inside(container.pid, '/app'))).toEqual(['a']);
  expect(
    (await session.apply(2, [file('/app/a', 'new'), file('/app/large', Buffer.alloc(500_000, 'room'))]))
      .problems,
  ).toEqual([]);
  expect(readFileSync(inside(container.pid, '/app/a'), 'utf8')).toBe('new');
});

test('F18: on a read-only root every path is a problem that names it, and nothing is half done', async () => {
  const mounts = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"';
  const { session, at } = await startPod({ container: { mounts } }, ({ put }) => {
    put('/app/a', 'image');
    put('/app/b', 'image');
  });
  const ack = await session.apply(1, [
    file('/app/a', 'new'),
    remove('/app/b'),
    dir('/app/d'),
    link('/app/l', 'a'),
  ]);
  expect(ack.problems.map(({ path, code }) => `${path} ${code}`).sort()).toEqual([
    '/app/a EROFS',
    '/app/b EROFS',
    '/app/d EROFS',
    '/app/l EROFS',
  ]);
  expect(readFileSync(at('/app/a'), 'utf8')).toBe('image');
});

test('where the root cannot hold staged content the directory of the mapping does', async () => {
  const mounts = 'mount -t tmpfs none "$1/srv" && mkdir -p "$1/srv/app"';
  const mappings = [{ path: '/srv/app', kind: 'dir' }] as const;
  const { session, container } = await startPod({ container: { mounts }, mappings }, ({ at }) =>
    mkdirSync(at('/srv')),
  );
  expect((await session.apply(1, [file('/srv/app/a', 'a')])).problems).toEqual([]);
  expect(readdirSync(inside(container.pid, '/srv')).sort()).toEqual(['.kdev-stage', 'app']);
  expect(readdirSync(inside(container.pid, '/srv/app'))).toEqual(['a']);
});

test('where only the mapping itself can, content waits hidden beside its target and is never listed', async () => {
  const mounts = 'mount -t tmpfs none "$1/app"';
  const { session, agent, container } = await startPod({ container: { mounts } });
  const half = encodeBatch(1, [file('/app/large', Buffer.alloc(900_000, 1))]);
  session.socket.write(half.subarray(0, 600_000));
  await waitFor('staged bytes', () => readdirSync(inside(container.pid, '/app')).length === 1);
  expect(readdirSync(inside(container.pid, '/app'))[0]).toMatch(/^\.kdev-stage-/);
  const other = connect(agent);
  await other.hello();
  expect((await other.list()).entries).toEqual([]);
  session.socket.write(half.subarray(600_000));
  expect((await session.next('ack')).problems).toEqual([]);
  expect(readdirSync(inside(container.pid, '/app'))).toEqual(['large']);
});

test('what a killed agent left staged is gone after the next one has looked around', async () => {
  const mounts = 'mount -t tmpfs none "$1/app"';
  const { session, agent, container } = await startPod({ container: { mounts } });
  session.socket.write(encodeBatch(1, [file('/app/large', Buffer.alloc(900_000, 1))]).subarray(0, 600_000));
  await waitFor('staged bytes', () => readdirSync(inside(container.pid, '/app')).length === 1);
  await agent.kill();
  await agent.start();
  await container.register();
  const next = connect(agent);
  await next.helloAlive();
  await next.list();
  expect(readdirSync(inside(container.pid, '/app'))).toEqual([]);
});

test('A11: an agent without root puts what it may and names owner, uid and mode for what it may not', async () => {
  const uid = 12_345;
  const folder = mkdtempSync('/tmp/kdev-unprivileged-');
  try {
    chownSync(folder, uid, uid);
    chmodSync(folder, 0o755);
    const { session, at } = await startPod(
      { agent: { uid, gid: uid, dir: folder }, container: { uid, gid: uid } },
      ({ at, put, dir: own }) => {
        chmodSync(own, 0o755);
        put('/app/own', 'own');
        put('/app/roots', 'root’s');
        put('/app/locked/file', 'x');
        chownSync(at('/app'), uid, uid);
        chownSync(at('/app/own'), uid, uid);
      },
    );
    const ack = await session.apply(1, [
      file('/app/own', 'new'),
      file('/app/new', 'new', { mode: 0o600 }),
      file('/app/roots', 'new'),
      file('/app/locked/file', 'new'),
    ]);
    const problems = [...ack.problems].sort((a, b) => (a.path < b.path ? 1 : -1));
    expect(problems.map(({ path, code }) => [path, code])).toEqual([
      ['/app/roots', 'EPERM'],
      ['/app/locked/file', 'EACCES'],
    ]);
    expect(problems[0]?.message).toMatch(/belongs to 0:0 and the agent, which runs as 12345:12345/);
    expect(problems[1]?.message).toMatch(/belongs to 0:0 with mode 755/);
    expect(
      [at('/app/own'), at('/app/new'), at('/app/roots')].map((name) => readFileSync(name, 'utf8')),
    ).toEqual(['new', 'new', 'root’s']);
    const facts = ['/app/new', '/app/own', '/app/roots'].map((name) => statSync(at(name)));
    expect(facts.map(({ mode }) => mode & 0o7777)).toEqual([0o644, 0o644, 0o644]);
    expect(facts.map((each) => each.uid)).toEqual([uid, uid, 0]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('A42: a root that the kernel keeps closed is told with every fact that matters', async () => {
  const uid = 12_345;
  const folder = mkdtempSync('/tmp/kdev-unprivileged-');
  try {
    chownSync(folder, uid, uid);
    const { root } = await testFolder();
    const agent = await startAgent({ dir: folder, uid, gid: uid });
    const container = await startContainer({ root, socket: agent.restarterSocket });
    const session = connect(agent);
    await session.hello();
    await container.register();
    const { problem } = await session.next('incarnation');
    expect(problem?.code).toBe('root-not-accessible');
    for (const fact of [
      'uid 12345/',
      'uid 0/',
      'capabilities',
      'user namespaces',
      'dumpable',
      'security module',
    ]) {
      expect(problem?.message).toContain(fact);
    }
    session.socket.write(encodeBatch(1, [file('/app/a', 'a')]));
    expect(await session.next('nack')).toMatchObject({ code: 'root-not-accessible' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('in volume mode files go to the volume, staged beside its directories, and the rest to the layer', async () => {
  const code = mkdtempSync('/tmp/kdev-code-');
  try {
    mkdirSync(path.join(code, 'app/0'), { recursive: true });
    writeFileSync(path.join(code, 'app/0/filled'), 'by the init container');
    const containers = { app: { volumes: [{ path: '/app/src', dir: path.join(code, 'app/0') }] } };
    const { session, at, agent } = await startPod({ agent: { containers } }, ({ put }) =>
      put('/app/layer', 'x'),
    );
    const listed = (await session.list()).entries.map((entry) => entry.path).sort();
    expect(listed).toEqual(['/app/layer']);
    const other = connect(agent);
    await other.hello(1, [{ path: '/app/src', kind: 'dir' }]);
    expect((await other.list()).entries.map((entry) => entry.path)).toEqual(['/app/src/filled']);
    const ack = await other.apply(1, [file('/app/src/filled', 'edited'), file('/app/src/pkg/new', 'new')]);
    expect(ack.problems).toEqual([]);
    expect(readFileSync(path.join(code, 'app/0/filled'), 'utf8')).toBe('edited');
    expect(readFileSync(path.join(code, 'app/0/pkg/new'), 'utf8')).toBe('new');
    expect(readdirSync(path.join(agent.codeStagingDir, 'app'))).toEqual([]);
    expect(existsSync(at('/app/src'))).toBe(false);
  } finally {
    rmSync(code, { recursive: true, force: true });
  }
});
