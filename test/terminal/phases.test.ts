import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { askPod, execIn, podsOf, testCluster } from '../cluster/cluster.ts';
import { type HoldingProxy, startHoldingProxy } from './holding-proxy.ts';
import type { PseudoTerminal } from './pseudo-terminal.ts';
import {
  deploysWithinMs,
  makeTerminalProject,
  type TerminalProject,
  webManifest,
} from './terminal-project.ts';

const patiently = { timeout: 60_000, interval: 100 };
const ctrlC = '\x03';
const bigBytes = 12 * 1024 * 1024;

/** Where the network goes away: well behind what deploying takes, well before the end of the big file. */
const heldAfterBytes = 3 * 1024 * 1024;

const files = {
  'dev.config.ts': `import { defineConfig } from 'kdev';
if (process.env['SLOW_CONFIG']) {
  console.log('the config ' + 'takes its time');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}
export default defineConfig({
  name: 'phases',
  manifests: 'k8s.yaml',
  services: {
    web: { sync: { app: '/srv/app' }, restart: ['app/*.py'], gateWaitMs: 2_000, graceMs: 120_000 },
  },
});
`,
  // Says its message; ready when a file is there; with another file there, TERM ends it only once it is let go.
  'app/server.py': `import os, signal, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
MESSAGE = "one"
def on_term(*_):
    if os.path.exists("stubborn.txt"):
        open("/tmp/asked-to-end", "w").close()
        while not os.path.exists("/tmp/let-go"):
            time.sleep(0.05)
    sys.exit(0)
signal.signal(signal.SIGTERM, on_term)
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if os.path.exists("ready.txt") else 503)
        self.end_headers()
        self.wfile.write(MESSAGE.encode())
    def log_message(self, *_):
        pass
HTTPServer(("", 8080), Handler).serve_forever()
`,
  'k8s.yaml': webManifest,
};

let cluster: Cluster;
let project: TerminalProject;
let proxy: HoldingProxy;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeTerminalProject('phases', files);
  proxy = await startHoldingProxy(new URL(cluster.server));
  await writeBig();
});
afterEach(() => proxy.release());
afterAll(async () => {
  await project?.remove();
  await proxy?.close();
});

function writeBig(): Promise<void> {
  return writeFile(path.join(project.dir, 'app', 'big.bin'), randomBytes(bigBytes));
}

async function onlyPod(): Promise<{ namespace: string; pod: string; container: string }> {
  const pods = await podsOf(cluster, project.namespace, 'web');
  expect(pods).toHaveLength(1);
  return { namespace: project.namespace, pod: pods[0]?.name ?? '', container: 'web' };
}

/** A watch that has come to its end of bringing up, over a container that equals the local tree. */
async function converge(message: string, options: { through?: number } = {}): Promise<PseudoTerminal> {
  const terminal = await project.open(['watch', '--plain'], options);
  await terminal.shows('ready: web');
  const pod = await onlyPod();
  await vi.waitFor(async () => expect(await askPod(cluster, pod)).toBe(message), patiently);
  const local = await readFile(path.join(project.dir, 'app', 'big.bin'));
  const [digest] = (await execIn(cluster, pod, ['sha256sum', '/srv/app/big.bin'])).split(' ');
  expect(digest).toBe(createHash('sha256').update(local).digest('hex'));
  expect(await project.sockets()).toHaveLength(1);
  return terminal;
}

describe('X3: Ctrl-C gives the terminal back and leaves nothing behind', () => {
  it('while the configuration is evaluated', async () => {
    const terminal = await project.open(['watch', '--plain'], { env: { SLOW_CONFIG: '1' } });
    await terminal.shows('the config takes its time');
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
  });

  it('in the first sync, also when the network has gone away in the midst of it', async () => {
    const terminal = await project.open(['watch', '--plain'], { through: proxy.port });
    await proxy.holdAfter(heldAfterBytes);
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
  });

  it.each([['up'], ['watch', '--plain']])('in the rollout of kdev %s', async (...command) => {
    const terminal = await project.open(command);
    await terminal.shows('rolling out');
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
  });

  it('in the rollout also when it is another kdev that asks for the end', async () => {
    const terminal = await project.open(['watch', '--plain']);
    await terminal.shows('rolling out');
    const down = await project.open(['down']);
    await project.expectGivenBack(terminal, 0);
    await down.ended(deploysWithinMs);
  });

  it('when everything is up and nothing happens; the next watch has converged by then', async () => {
    await project.save('app/ready.txt', 'yes');
    const terminal = await converge('one');
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
  });

  it('in the midst of a batch, also when the network has gone away', async () => {
    const terminal = await converge('one', { through: proxy.port });
    const held = proxy.holdAfter(heldAfterBytes);
    await writeBig();
    await held;
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
  });

  it('while an app takes its time to end for a restart', async () => {
    await project.save('app/stubborn.txt', 'yes');
    const terminal = await converge('one');
    await project.edit('app/server.py', 'MESSAGE = "one"', 'MESSAGE = "two"');
    const pod = await onlyPod();
    await vi.waitFor(() => execIn(cluster, pod, ['test', '-e', '/tmp/asked-to-end']), patiently);
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
    await execIn(cluster, pod, ['touch', '/tmp/let-go']);
  });

  it('a second time, at once', async () => {
    const terminal = await converge('two', { through: proxy.port });
    const held = proxy.holdAfter(heldAfterBytes);
    await writeBig();
    await held;
    terminal.press(ctrlC + ctrlC);
    await project.expectGivenBack(terminal, 130);
  });
});

describe('a running watch', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends in order at %s, with %i', async (signal, exitCode) => {
    const terminal = await converge('two');
    terminal.signal(signal);
    await project.expectGivenBack(terminal, exitCode);
  });

  it('ends in order when its window is closed', async () => {
    const terminal = await converge('two');
    terminal.hangUp();
    await terminal.gone();
    expect(await project.sockets()).toEqual([]);
  });
});
