import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { testCluster } from '../cluster/cluster.ts';
import { type HoldingProxy, startHoldingProxy } from './holding-proxy.ts';
import type { PseudoTerminal } from './pseudo-terminal.ts';
import {
  deploysWithinMs,
  makeTerminalProject,
  type TerminalProject,
  webManifest,
} from './terminal-project.ts';

const ctrlC = '\x03';
const ctrlZ = '\x1a';
const bigBytes = 12 * 1024 * 1024;
/** Well behind what deploying takes, well before the end of the big file. */
const heldAfterBytes = 3 * 1024 * 1024;

const config = `import { defineConfig } from 'kdev';
if (process.env['SLOW_CONFIG']) {
  console.log('the config ' + 'takes its time');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}
export default defineConfig({
  name: 'signals',
  manifests: 'k8s.yaml',
  services: {
    web: {
      ...(process.env['ENDLESS_BUILD'] ? { build: {} } : {}),
      sync: { app: '/srv/app' },
      restart: ['app/*.py'],
      gateWaitMs: 2_000,
      tests: { endless: 'sleep 86399' },
    },
  },
});
`;

const files = {
  'dev.config.ts': config,
  Dockerfile: 'FROM python:3.11-slim\nRUN sleep 86398\n',
  // Ready once a file is there.
  'app/server.py': `import os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if os.path.exists("ready.txt") else 503)
        self.end_headers()
    def log_message(self, *_):
        pass
HTTPServer(("", 8080), Handler).serve_forever()
`,
  'k8s.yaml': webManifest,
};

let project: TerminalProject;
let proxy: HoldingProxy;

beforeAll(async () => {
  project = await makeTerminalProject('signals', files);
  proxy = await startHoldingProxy(new URL((await testCluster()).server));
});
afterEach(() => {
  proxy.release();
  project.closeTerminals();
});
afterAll(async () => {
  await project?.remove();
  await proxy?.close();
});

function writeBig(): Promise<void> {
  return writeFile(path.join(project.dir, 'app', 'big.bin'), randomBytes(bigBytes));
}

async function untilIdle(options: { readonly through?: number } = {}): Promise<PseudoTerminal> {
  await project.save('app/ready.txt', 'yes');
  const terminal = await project.open(['watch'], options);
  await terminal.sees('1/1 in sync', 60_000);
  return terminal;
}

/** In the order in which a project goes through them. */
const phases: Readonly<Record<string, () => Promise<PseudoTerminal>>> = {
  'while the configuration is evaluated': async () => {
    const terminal = await project.open(['watch'], { env: { SLOW_CONFIG: '1' } });
    await terminal.shows('the config takes its time');
    return terminal;
  },
  'in a build': async () => {
    const terminal = await project.open(['watch'], { env: { ENDLESS_BUILD: '1' } });
    await terminal.sees('RUN sleep 86398', 60_000);
    return terminal;
  },
  'in the first sync': async () => {
    await writeBig();
    const terminal = await project.open(['watch'], { through: proxy.port });
    await proxy.holdAfter(heldAfterBytes);
    return terminal;
  },
  'in a rollout': async () => {
    const terminal = await project.open(['watch']);
    await terminal.sees('rolling out', 60_000);
    return terminal;
  },
  'while nothing happens': () => untilIdle(),
  'while a save is on its way': async () => {
    const terminal = await untilIdle({ through: proxy.port });
    const held = proxy.holdAfter(heldAfterBytes);
    await writeBig();
    await held;
    await terminal.sees('syncing');
    return terminal;
  },
  'while a test runs': async () => {
    const terminal = await untilIdle();
    terminal.press('5t');
    await terminal.sees(/endless +running/);
    return terminal;
  },
};

async function stopAndGoOn(terminal: PseudoTerminal, stop: () => void): Promise<void> {
  const wasThere = terminal.onAlternateScreen;
  stop();
  await vi.waitFor(() => expect(terminal.isStopped()).toBe(true), 20_000);
  expect(await terminal.modesNow()).toMatch(/ icanon(.|\n)* echo /);
  await vi.waitFor(() => expect(terminal.onAlternateScreen).toBe(false), 20_000);
  terminal.signal('SIGCONT');
  if (wasThere) await vi.waitFor(() => expect(terminal.onAlternateScreen).toBe(true), 20_000);
  else await vi.waitFor(() => expect(terminal.isStopped()).toBe(false), 20_000);
}

describe.each(Object.entries(phases))('%s', (_, reach) => {
  it('Ctrl-C ends it with 130 and gives the terminal back', async () => {
    const terminal = await reach();
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
  });

  it('a second Ctrl-C ends it at once', async () => {
    const terminal = await reach();
    terminal.press(ctrlC + ctrlC);
    const back = await terminal.ended();
    expect(back).toMatchObject({ exitCode: 130, cursorHidden: false, modesSet: [], leftProcesses: [] });
    expect(back.modesAfter).toBe(back.modesBefore);
    expect(await project.sockets()).toEqual([]);
  });

  it('Ctrl-Z lends the terminal to the shell, and TERM ends it with 143', async () => {
    const terminal = await reach();
    if (terminal.onAlternateScreen) await stopAndGoOn(terminal, () => terminal.press(ctrlZ));
    terminal.signal('SIGTERM');
    await project.expectGivenBack(terminal, 143);
  });

  it('HUP ends it with 129', async () => {
    const terminal = await reach();
    if (terminal.onAlternateScreen) await stopAndGoOn(terminal, () => terminal.signal('SIGTSTP'));
    terminal.signal('SIGHUP');
    await project.expectGivenBack(terminal, 129);
  });
});

describe('while a shell is open', () => {
  async function openShell(): Promise<PseudoTerminal> {
    const terminal = await untilIdle();
    terminal.press('s');
    await terminal.seesAll((rows) => !terminal.onAlternateScreen && rows.join('\n').includes('#'));
    return terminal;
  }

  it('Ctrl-C is the shell’s, and the screen comes back after it', async () => {
    const terminal = await openShell();
    // Its own words tell that it is in the foreground: before that, Ctrl-C would be the shell's.
    terminal.press(`sh -c 'echo "begun $((7*7))"; exec sleep 86397'\r`);
    await terminal.sees('begun 49');
    terminal.press(ctrlC);
    await terminal.sees('^C');
    terminal.press('echo after $((40 + 2))\r');
    await terminal.sees('after 42');
    terminal.press('exit 7\r');
    await terminal.sees('the shell in web ended with 7');
    expect(terminal.onAlternateScreen).toBe(true);
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends all of it with %i', async (signal, exitCode) => {
    const terminal = await openShell();
    terminal.signal(signal);
    await project.expectGivenBack(terminal, exitCode);
  });

  it('TSTP gives the terminal back in its own mode, and the shell has it again after CONT', async () => {
    const terminal = await openShell();
    terminal.signal('SIGTSTP');
    await vi.waitFor(() => expect(terminal.isStopped()).toBe(true), 20_000);
    expect(await terminal.modesNow()).toMatch(/ icanon(.|\n)* echo /);
    terminal.signal('SIGCONT');
    await vi.waitFor(async () => expect(await terminal.modesNow()).toContain('-icanon'), 20_000);
    terminal.press('exit\r');
    await terminal.sees('the shell in web ended with 0');
    terminal.press(ctrlC);
    await project.expectGivenBack(terminal, 130);
  });
});

it('a window that is closed ends it, and nothing is left', async () => {
  const terminal = await untilIdle();
  terminal.hangUp();
  await terminal.gone();
  expect(await project.sockets()).toEqual([]);
});

it('what cannot be brought up is told in words on the normal screen, with its exit code', async () => {
  await project.edit('k8s.yaml', 'metadata: { name: web }', 'metadata: { name: other }');
  try {
    const terminal = await project.open(['watch']);
    await project.expectGivenBack(terminal, 2);
    expect((await terminal.screen()).join('\n')).toMatch(/✗ .*web/);
  } finally {
    await project.edit('k8s.yaml', 'metadata: { name: other }', 'metadata: { name: web }');
  }
});

it('q asks, and d takes everything away before it ends', async () => {
  const terminal = await untilIdle();
  terminal.press('q');
  await terminal.sees('leave everything running');
  terminal.press('d');
  await project.expectGivenBack(terminal, 0, deploysWithinMs);
  const shown = (await terminal.screen()).join('\n');
  expect(shown).toContain('removed');
  expect(shown).toContain('Deployment/web');
});
