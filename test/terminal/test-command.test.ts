import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploysWithinMs, makeTerminalProject, type TerminalProject } from './terminal-project.ts';

const ctrlC = '\x03';

const config = `import { defineConfig } from 'kdev';

export default defineConfig({
  name: 'layer',
  manifests: 'k8s.yaml',
  services: {
    web: {
      sync: { app: '/srv/app' },
      tests: {
        colours: 'python3 tell.py',
        waits: 'python3 wait.py',
        last: 'echo the last one',
      },
    },
  },
});
`;

/** As tools do: red where there is a terminal, and as wide as it is. */
const tell = `import os, sys
red = "\\x1b[31m" if sys.stdout.isatty() else ""
width = os.get_terminal_size().columns if sys.stdout.isatty() else 0
print(f"{red}width {width}\\x1b[0m; input: {sys.stdin.read()!r}")
`;

const wait = `import time
try:
    print("waiting", flush=True)
    time.sleep(4242)
except KeyboardInterrupt:
    print("interrupted, said the suite")
    raise SystemExit(2)
`;

let project: TerminalProject;

beforeAll(async () => {
  project = await makeTerminalProject('test-terminal', {
    'dev.config.ts': config,
    'app/tell.py': tell,
    'app/wait.py': wait,
  });
  await project.expectGivenBack(await project.open(['up']), 0, deploysWithinMs);
});
afterAll(() => project?.remove());

describe('kdev test on a terminal', () => {
  it('gives the suite one, of its size and with colours, and no input', async () => {
    const terminal = await project.open(['test', 'colours'], { env: { NO_COLOR: '' }, columns: 77 });
    await terminal.shows("\x1b[31mwidth 77\x1b[0m; input: ''");
    await project.expectGivenBack(terminal, 0);
  });

  it('gives it none where colours are not wanted', async () => {
    const terminal = await project.open(['test', 'colours'], { env: { NO_COLOR: '1' } });
    await terminal.shows("width 0\x1b[0m; input: ''");
    await project.expectGivenBack(terminal, 0);
  });

  it.each([
    ['with', ''],
    ['without', '1'],
  ])('%s a terminal for the suite Ctrl-C reaches it, and what it says then is shown', async (_, noColor) => {
    const terminal = await project.open(['test', 'web', 'waits', 'last'], { env: { NO_COLOR: noColor } });
    await terminal.shows('waiting');
    terminal.press(ctrlC);
    await terminal.shows('interrupted, said the suite');
    await project.expectGivenBack(terminal, 130);
    expect(terminal.shown).toMatch(/waits.* was stopped/);
    expect(terminal.shown).not.toContain('the last one');
  });
});
