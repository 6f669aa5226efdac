// `npm run screenshots`: the pictures of the README, from a real session of the example in a box of its own.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryDir } from '../temporary-dir.ts';
import { PseudoTerminal } from '../terminal/pseudo-terminal.ts';
import { svgOfScreen } from './svg-of-screen.ts';

const [columns, rows] = [124, 36];
/** The first time on a machine a whole Kubernetes is compiled. */
const patientMs = 30 * 60_000;
const root = process.cwd();
const kdev = path.join(root, 'bin', 'kdev');
const ctrlC = '\x03';

const place = await temporaryDir('kdev-screenshots-');
const dir = path.join(place.path, 'e2e-k8s-demo');
const { NO_COLOR: _, KUBECONFIG: __, ...surroundings } = process.env;
const env = { ...surroundings, LANG: 'C.UTF-8', KDEV_STATE_DIR: path.join(place.path, 'state') };
await cp(path.join(root, 'examples', 'e2e-k8s-demo'), dir, { recursive: true });
const demo = path.join(dir, 'e2e_k8s', 'demo.py');

async function save(change: (text: string) => string): Promise<void> {
  await writeFile(demo, change(await readFile(demo, 'utf8')));
}

try {
  await promisify(execFile)(process.execPath, [kdev, 'box', 'create', 'demo'], { env });
  const terminal = await PseudoTerminal.open(['watch'], { cwd: dir, env, columns, rows });
  try {
    await terminal.sees('1/1 in sync', patientMs);
    await save((text) => `${text}\n# one more line\n`);
    await terminal.sees(/#1 .*restarted/);
    await save((text) => text.replace('\n# one more line\n', ''));
    await terminal.sees(/#2 .*restarted/);
    terminal.press('t');
    await terminal.sees(/lint +passed/, 60_000);
    terminal.press('2');
    await terminal.sees(/▸\S+ #2/);
    await mkdir(path.join(root, 'docs', 'images'), { recursive: true });
    const screen = Array.from({ length: rows }, (_row, y) =>
      Array.from({ length: columns }, (_cell, x) => terminal.cell(x, y)),
    );
    await writeFile(path.join(root, 'docs', 'images', 'tui.svg'), svgOfScreen(screen));
    terminal.press(ctrlC);
    await terminal.ended();
  } finally {
    terminal.kill();
  }
} finally {
  await promisify(execFile)(process.execPath, [kdev, 'box', 'delete', 'demo'], { env });
  await place.remove();
}
process.stdout.write('docs/images/tui.svg\n');
