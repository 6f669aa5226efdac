import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { execIn, podsOf, testCluster } from '../cluster/cluster.ts';
import { Watching } from '../cluster/kdev.ts';
import { makeProject, type TestProject } from '../cluster/project.ts';
import { makeTerminalProject, type TerminalProject } from './terminal-project.ts';

const namespace = 'take-over';

let cluster: Cluster;
/** Two checkouts of one project, as two people have them; the second one sits at a terminal. */
let anna: TestProject;
let otto: TerminalProject;
let first: Watching;

beforeAll(async () => {
  cluster = await testCluster();
  anna = await makeProject('layer', namespace);
  otto = await makeTerminalProject(namespace);
  first = new Watching(anna.dir, anna.flags);
  await first.event('ready');
});
afterAll(async () => {
  first?.signal('SIGKILL');
  await first?.finished;
  await otto?.remove();
  await anna?.remove();
});

async function content(): Promise<string> {
  const [pod] = await podsOf(cluster, namespace, 'web');
  return execIn(cluster, { namespace, pod: pod?.name ?? '', container: 'web' }, ['cat', 'message.txt']);
}

it('M5: at a terminal the second session asks, saying who has the service and since when, and a no leaves it alone', async () => {
  const before = await content();
  await otto.save('app/message.txt', 'otto');
  const terminal = await otto.open(['watch'], { columns: 120, rows: 40 });
  await terminal.sees('take it over?', 60_000);
  await terminal.sees(/develops Deployment web/);
  await terminal.sees(/since \d{4}-\d\d-\d\d/);
  // Keys of the screen below have no meaning now.
  terminal.press('rd');
  terminal.press('n');
  await otto.expectGivenBack(terminal, 3);
  expect((await terminal.screen()).join('\n')).toContain('service-held');
  expect(await content()).toBe(before);
  expect(first.since(0, 'problem').filter(({ code }) => code === 'session-superseded')).toEqual([]);
});

it('M5: a yes takes it, and the first session writes nothing more', async () => {
  const mark = first.events.length;
  const terminal = await otto.open(['watch'], { columns: 120, rows: 40 });
  await terminal.sees('take it over?', 60_000);
  terminal.press('y');
  await terminal.sees('1/1', 60_000);
  await first.event('problem', ({ code }) => code === 'session-superseded', { from: mark });
  await vi.waitFor(async () => expect(await content()).toBe('otto'), { timeout: 30_000, interval: 200 });
  await anna.save('app/message.txt', 'anna again');
  await first.event('change', () => true, { from: mark });
  expect(first.since(mark, 'synced')).toEqual([]);
  terminal.press('ql');
  await otto.expectGivenBack(terminal, 0);
  expect(await content()).toBe('otto');
});
