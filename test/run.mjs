// `npm test`: builds, checks, and runs every test; ends with one line that counts them. Whatever the tests made on
// this machine (boxes above all) is kept apart in a state folder of this run and taken away at its end.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const stateDir = mkdtempSync(path.join(tmpdir(), 'kdev-test-'));
const report = path.join(stateDir, 'vitest.json');
const env = { ...process.env, KDEV_STATE_DIR: path.join(stateDir, 'state') };
const only = process.argv.slice(2);

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    interrupted = true;
  });
}

let passed = 0;
let failed = 0;
let skipped = 0;
try {
  await count('build', ['node', 'build.mjs']);
  if (only.length === 0) await count('check', ['npm', 'run', '--silent', 'check']);
  if (failed === 0 && !interrupted) {
    const vitest = path.join('node_modules', 'vitest', 'vitest.mjs');
    const code = await run([
      'node',
      vitest,
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...only,
    ]);
    countTests(code);
  }
} finally {
  await deleteBoxes();
  rmSync(stateDir, { recursive: true, force: true });
}
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 || passed === 0 || interrupted ? 1 : 0;

async function count(name, command) {
  process.stdout.write(`— ${name}\n`);
  if ((await run(command)) === 0) passed += 1;
  else failed += 1;
}

function countTests(exitCode) {
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    passed += result.numPassedTests;
    failed += result.numFailedTests;
    skipped += result.numPendingTests + result.numTodoTests;
    // A suite that could not even be loaded, or a set-up that failed, has no test to count.
    if (exitCode !== 0 && result.numFailedTests === 0) failed += 1;
  } catch {
    failed += 1; // vitest ended before it wrote its report
  }
}

async function deleteBoxes() {
  let names = [];
  try {
    names = readdirSync(path.join(stateDir, 'state', 'boxes'));
  } catch {
    return; // no box was made
  }
  for (const name of names) await run(['node', 'bin/kdev', 'box', 'delete', name]);
}

function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
