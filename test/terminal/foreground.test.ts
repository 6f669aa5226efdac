import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { execIn, podsOf, testCluster } from '../cluster/cluster.ts';
import { Watching } from '../cluster/kdev.ts';
import { startLinkProxy } from '../cluster/link-proxy.ts';
import { deploysWithinMs, makeTerminalProject, type TerminalProject } from './terminal-project.ts';

const patiently = { timeout: 60_000, interval: 100 };
const ctrlC = '\x03';

/** Tells its terminal's size at start and when it changes; answers Ctrl-C with a word and 7. */
const program = `import os, signal, sys
def tell(*_):
    size = os.get_terminal_size()
    print(f"size {size.columns}x{size.lines}", flush=True)
def on_interrupt(*_):
    print("the program heard it", flush=True)
    sys.exit(7)
signal.signal(signal.SIGWINCH, tell)
signal.signal(signal.SIGINT, on_interrupt)
tell()
while True:
    signal.pause()
`;

let cluster: Cluster;
let project: TerminalProject;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeTerminalProject('foreground', { 'app/program.py': program });
  const server = await readFile(path.join(project.dir, 'app', 'server.py'), 'utf8');
  await project.save('app/server.py', `print("the app " + "says hello", flush=True)\n${server}`);
  const terminal = await project.open(['up']);
  await project.expectGivenBack(terminal, 0, deploysWithinMs);
});
afterAll(() => project?.remove());

/** Command lines of everything that runs in the app's pod. */
async function processes(): Promise<string> {
  const [pod] = await podsOf(cluster, project.namespace, 'web');
  const script = 'for file in /proc/[0-9]*/cmdline; do tr "\\0" " " < "$file"; echo; done 2>/dev/null; true';
  const place = { namespace: project.namespace, pod: pod?.name ?? '', container: 'web' };
  return execIn(cluster, place, ['sh', '-c', script]);
}

describe('kdev exec on a terminal', () => {
  it('gives the command its size, also a new one, and its Ctrl-C, and ends with its exit code', async () => {
    const terminal = await project.open(['exec', 'web', '--', 'python3', 'program.py']);
    await terminal.shows('size 100x30');
    terminal.resize(70, 20);
    await terminal.shows('size 70x20');
    terminal.press(ctrlC);
    await terminal.shows('the program heard it');
    await project.expectGivenBack(terminal, 7);
  });

  it('is a shell that a person can type into', async () => {
    const terminal = await project.open(['exec', 'web', 'sh']);
    await terminal.shows('#');
    terminal.press('echo $((6 * 7))-$(pwd)\r');
    await terminal.shows('42-/srv/app');
    terminal.press('exit 5\r');
    await project.expectGivenBack(terminal, 5);
  });

  it('ends in order at TERM, and the command ends with it', async () => {
    const terminal = await project.open([
      'exec',
      'web',
      '--',
      'sh',
      '-c',
      'echo begun; sleep 7654 & sleep 7654',
    ]);
    await terminal.shows('begun');
    terminal.signal('SIGTERM');
    await project.expectGivenBack(terminal, 143);
    await vi.waitFor(async () => expect(await processes()).not.toContain('sleep 7654'), patiently);
  });

  it('ends with its window, and the command ends with it', async () => {
    const terminal = await project.open(['exec', 'web', '--', 'sh', '-c', 'echo begun; sleep 6543']);
    await terminal.shows('begun');
    terminal.hangUp();
    await terminal.gone();
    await vi.waitFor(async () => expect(await processes()).not.toContain('sleep 6543'), patiently);
  });

  it('without a terminal for the command, leaves the Ctrl-C to kdev, and the command ends with it', async () => {
    const terminal = await project.open(['exec', '-T', 'web', '--', 'sh', '-c', 'echo begun; sleep 5432']);
    await terminal.shows('begun');
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
    await vi.waitFor(async () => expect(await processes()).not.toContain('sleep 5432'), patiently);
  });
});

describe('X7: kdev exec beside a kdev watch', () => {
  it('runs while a large file is on its way, gives the terminal back when its link is cut, and runs again', async () => {
    const watching = new Watching(project.dir, project.flags);
    const proxy = await startLinkProxy(new URL(cluster.server));
    try {
      await watching.event('ready');
      const mark = watching.events.length;
      await writeFile(path.join(project.dir, 'app', 'large.bin'), randomBytes(96 * 1024 * 1024));
      await watching.event('plan', () => true, { from: mark });
      const terminal = await project.open(['exec', 'web', 'sh'], { through: proxy.port });
      await terminal.shows('#');
      terminal.press('echo $((6 * 7))-$(pwd)\r');
      await terminal.shows('42-/srv/app');
      proxy.cut();
      await project.expectGivenBack(terminal, 3);
      await watching.event('synced', () => true, { from: mark });
      const again = await project.open(['exec', 'web', 'sh'], { through: proxy.port });
      await again.shows('#');
      again.press('exit 6\r');
      await project.expectGivenBack(again, 6);
    } finally {
      await watching.stop();
      await proxy.close();
    }
  });
});

describe('kdev logs', () => {
  it('follows until Ctrl-C', async () => {
    const terminal = await project.open(['logs', '--follow']);
    await terminal.shows('the app says hello');
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
  });

  it('ends by itself where there is nothing to follow', async () => {
    const terminal = await project.open(['logs']);
    await terminal.shows('the app says hello');
    await project.expectGivenBack(terminal, 0);
  });
});
