import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makePlace, type Place, repository, smallProject } from './kdev-command.ts';

const places: Place[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

function makeProject(files: Readonly<Record<string, string>>): Place {
  const place = makePlace(files);
  places.push(place);
  return place;
}

const kdev = path.join(repository, 'bin', 'kdev');
// The shell itself must outlive the Ctrl-C.
const watchAndCompare = [
  "trap ':' INT",
  'stty -g > before',
  `${kdev} watch`,
  'echo "code $?"',
  'stty -g > after',
  'cmp before after && echo same',
].join('; ');
const endless = `process.stderr.write('run' + 'ning');\nawait new Promise((resolve) => setTimeout(resolve, 1e8));\nexport default {};\n`;

/** Runs a shell line on a pseudo-terminal of its own (script(1) of util-linux) and types `keys` once `at` is shown. */
async function onTerminal(
  { root, env }: Place,
  line: string,
  typed: { readonly at: string; readonly keys: string } | undefined,
  more: NodeJS.ProcessEnv = {},
): Promise<string> {
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: root,
    env: { ...env, TERM: 'xterm-256color', SHELL: '/bin/sh', ...more },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let pending = typed;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (pending && shown.includes(pending.at)) {
      child.stdin.write(pending.keys);
      pending = undefined;
    }
  });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return shown;
}

describe('on a terminal', () => {
  it('Ctrl-C ends a command and gives the terminal back as it was', async () => {
    const place = makeProject({ ...smallProject, 'dev.config.ts': endless });
    const shown = await onTerminal(place, watchAndCompare, { at: 'running', keys: '\x03' });
    expect(shown).toContain('code 130');
    expect(shown).toContain('same');
  });

  it('a second Ctrl-C ends at once and gives the terminal back, too', async () => {
    const spin =
      'process.stdin.setRawMode(true); process.stdin.setRawMode(false);\nconst spin = () => setImmediate(spin); spin();\n';
    const place = makeProject({ ...smallProject, 'dev.config.ts': spin + endless });
    const shown = await onTerminal(place, watchAndCompare, { at: 'running', keys: '\x03\x03' });
    expect(shown).toContain('code 130');
    expect(shown).toContain('same');
  });

  it('errors have colours, and none with NO_COLOR', async () => {
    const place = makeProject({});
    expect(await onTerminal(place, `${kdev} up`, undefined)).toContain('\x1b[31m✗');
    const plain = await onTerminal(place, `${kdev} up`, undefined, { NO_COLOR: '1' });
    expect(plain).toContain('✗ There is no dev.config.ts');
    expect(plain).not.toContain('\x1b[3');
  });

  it('a reader that goes away ends the command quietly', async () => {
    const place = makeProject({});
    const shown = await onTerminal(
      place,
      `${kdev} --help | true; ${kdev} box list --json | head -c 1`,
      undefined,
    );
    expect(shown).not.toContain('EPIPE');
    expect(shown).not.toContain('bug');
  });
});
