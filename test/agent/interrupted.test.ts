import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connect, type Pod, startPod } from './pod-fixture.ts';
import { dir, encodeBatch, file, link, remove } from './session-client.ts';
import { waitFor } from './wait-for.ts';

/** Every path below a directory with what it holds. */
function snapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const name = path.join(entry.parentPath, entry.name);
    found[path.relative(folder, name)] = entry.isFile()
      ? readFileSync(name, 'utf8')
      : entry.isDirectory()
        ? 'dir'
        : 'link';
  }
  return found;
}

/** Nothing of a batch is left anywhere: neither visible nor staged. */
async function expectUntouched(pod: Pod, before: Record<string, string>): Promise<void> {
  await waitFor('the staged content to go', () => {
    const staged = pod.at('/.kdev-stage');
    return !existsSync(staged) || readdirSync(staged).length === 0;
  });
  expect(snapshot(pod.at('/app'))).toEqual(before);
}

test('A12: cut at any byte before the end of its COMMIT a batch changes nothing, and sent again it arrives', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [
    file('/app/edit', 'old'),
    file('/app/gone', 'here'),
    file('/app/turn', 'file'),
  ]);
  const before = snapshot(pod.at('/app'));
  const batch = encodeBatch(2, [
    file('/app/edit', 'new'),
    remove('/app/gone'),
    dir('/app/turn'),
    file('/app/turn/below', 'below'),
    link('/app/link', 'edit'),
    file('/app/empty', ''),
  ]);
  for (let cut = 0; cut < batch.length; cut++) {
    const session = connect(pod.agent);
    await session.hello();
    session.socket.end(batch.subarray(0, cut));
    await waitFor('the agent to close', () => session.closed);
  }
  await expectUntouched(pod, before);
  const session = connect(pod.agent);
  expect((await session.hello()).seq).toBe(1);
  session.socket.write(batch);
  expect((await session.next('ack')).problems).toEqual([]);
  expect(snapshot(pod.at('/app'))).toEqual({
    edit: 'new',
    turn: 'dir',
    'turn/below': 'below',
    link: 'link',
    empty: '',
  });
}, 120_000);

test('content that is not what was announced is a problem of its path, and the old content stays', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/a', 'old')]);
  const broken = { ...file('/app/a', 'new'), content: Buffer.from('NEW') };
  const short = { ...file('/app/b', 'whole'), content: Buffer.from('who') };
  const ack = await pod.session.apply(2, [broken, short, file('/app/c', 'fine')]);
  expect(ack.problems.map(({ path, code }) => [path, code])).toEqual([
    ['/app/a', 'digest-mismatch'],
    ['/app/b', 'digest-mismatch'],
  ]);
  await expectUntouched(pod, { a: 'old', c: 'fine' });
});

test('a large file that is cut half-way leaves neither itself nor its staged half', async () => {
  const pod = await startPod();
  const batch = encodeBatch(1, [file('/app/large', Buffer.alloc(3_000_000, 1))]);
  pod.session.socket.end(batch.subarray(0, 2_000_000));
  await waitFor('the agent to close', () => pod.session.closed);
  await expectUntouched(pod, {});
});

test('P7: a reader that never rests sees one whole version or another, never anything else', async () => {
  const { session, at } = await startPod();
  const versions = ['a', 'b', 'c'].map((letter) => letter.repeat(300_000));
  await session.apply(1, [file('/app/read', versions[0] ?? '')]);
  let seq = 1;
  let running = true;
  const writing = (async () => {
    while (seq < 60) {
      seq += 1;
      await session.apply(seq, [file('/app/read', versions[seq % 3] ?? '')]);
    }
    running = false;
  })();
  let reads = 0;
  while (running) {
    const seen = readFileSync(at('/app/read'), 'utf8');
    if (!versions.includes(seen)) throw new Error(`half a file: ${seen.length} of ${seen[0]}…${seen.at(-1)}`);
    reads += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writing;
  expect(reads).toBeGreaterThan(10);
});

test('a batch that comes after a newer one on another connection does not undo it', async () => {
  const { session, agent, at } = await startPod();
  const bulk = connect(agent);
  await bulk.hello();
  await session.apply(5, [file('/app/a', 'newer'), remove('/app/dir'), file('/app/kept/x', 'newer')]);
  const late = await bulk.apply(4, [
    file('/app/a', 'older'),
    file('/app/dir/inside', 'older'),
    remove('/app/kept'),
    file('/app/free', 'older but alone'),
  ]);
  expect(late.problems).toEqual([]);
  expect(snapshot(at('/app'))).toEqual({
    a: 'newer',
    kept: 'dir',
    'kept/x': 'newer',
    free: 'older but alone',
  });
});

test('a small batch is acknowledged while a large one is still being applied', async () => {
  const { session, agent, at } = await startPod();
  const bulk = connect(agent);
  await bulk.hello();
  const changedAt = (name: string): bigint => statSync(at(name), { bigint: true }).ctimeNs;
  for (let round = 1; ; round++) {
    const nameOf = (index: number): string => `/app/many${round}/${index % 50}/${index}`;
    const bulkDone = bulk.apply(
      2 * round - 1,
      Array.from({ length: 6000 }, (_, index) => file(nameOf(index), `${index}`)),
    );
    // The bulk batch is in the works when its first files show, and the agent stands still while that is looked at.
    await waitFor('the first of many', () => existsSync(at(nameOf(0))));
    process.kill(agent.pid, 'SIGSTOP');
    const inTheWorks = !existsSync(at(nameOf(3000)));
    if (inTheWorks) session.socket.write(encodeBatch(2 * round, [file('/app/small', 'small')]));
    process.kill(agent.pid, 'SIGCONT');
    const all = await bulkDone;
    // It was over too soon: only a batch in the works says something.
    if (!inTheWorks) continue;
    const small = await session.next('ack');
    expect(all.problems).toEqual([]);
    expect(small.revision).toBeLessThan(all.revision);
    expect(changedAt('/app/small')).toBeLessThan(changedAt(nameOf(5999)));
    return;
  }
}, 60_000);
