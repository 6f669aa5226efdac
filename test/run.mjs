// `npm test`: builds, checks, and runs every test; ends with one line that counts them. Whatever the tests made on
// this machine (boxes above all) is kept apart in a state folder of this run and taken away at its end.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const stateDir = mkdtempSync(path.join(tmpdir(), 'kdev-test-'));
const env = { ...process.env, KDEV_STATE_DIR: path.join(stateDir, 'state') };
const only = process.argv.slice(2);

/** Side by side: tests that wait for clusters leave room for those that compute. */
const lanes = [['unit'], ['box'], ['cluster']];

/** Said again at the end, where whoever reads only the last lines finds them. */
const failures = [];
const count = { passed: 0, failed: 0, skipped: 0 };
const children = new Set();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true;
    for (const child of children) child.kill(signal);
  });
}

try {
  await step('build', ['node', 'build.mjs']);
  if (only.length === 0 && !interrupted) await step('check', ['npm', 'run', '--silent', 'check']);
  if (count.failed === 0 && !interrupted) await runLanes();
} finally {
  await deleteBoxes();
  rmSync(stateDir, { recursive: true, force: true });
}
const { passed, failed, skipped } = count;
if (failures.length > 0) process.stdout.write(`\n— failed\n${failures.join('\n')}\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 || passed === 0 || interrupted ? 1 : 0;

async function step(name, command) {
  process.stdout.write(`— ${name}\n`);
  if ((await run(command, (text) => process.stdout.write(text))) === 0) count.passed += 1;
  else fail(command.join(' '));
}

function fail(what, why = '') {
  count.failed += 1;
  failures.push(`✗ ${what}${why === '' ? '' : `\n    ${why.split('\n').slice(0, 12).join('\n    ')}`}`);
}

/** All lanes at once; the output of each is held back until that of the one before it is complete. */
async function runLanes() {
  const outputs = lanes.map(() => ({ held: [], live: false }));
  const show = (index) => {
    const output = outputs[index];
    if (output === undefined) return;
    output.live = true;
    process.stdout.write(output.held.splice(0).join(''));
  };
  show(0);
  process.stdout.write(`— tests: ${lanes.map((lane) => lane.join(', ')).join(' · beside it: ')}\n`);
  const done = lanes.map(async (projects, index) => {
    const output = outputs[index];
    await runVitest(projects, (text) => {
      if (output.live) process.stdout.write(text);
      else output.held.push(text);
    });
  });
  for (const [index, lane] of done.entries()) {
    await lane;
    show(index + 1);
  }
}

async function runVitest(projects, write) {
  const report = path.join(stateDir, `${projects.join('-')}.json`);
  const flags = [...projects.map((name) => `--project=${name}`), '--reporter=default', '--reporter=json'];
  const vitest = path.join('node_modules', 'vitest', 'vitest.mjs');
  const files = [`--outputFile.json=${report}`, '--passWithNoTests', ...only];
  const code = await run(['node', vitest, 'run', ...flags, ...files], write);
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    count.passed += result.numPassedTests;
    for (const file of result.testResults) {
      for (const test of file.assertionResults.filter(({ status }) => status === 'failed')) {
        fail(`${path.relative(root, file.name)} › ${test.fullName}`, test.failureMessages?.join('\n'));
      }
    }
    count.skipped += result.numPendingTests + result.numTodoTests;
    // A suite that could not even be loaded, or a set-up that failed, has no test to count.
    if (code !== 0 && result.numFailedTests === 0)
      fail(`${projects.join(', ')}: a suite did not load, see above`);
  } catch {
    fail(`${projects.join(', ')}: vitest ended before it wrote its report`);
  }
}

async function deleteBoxes() {
  let names = [];
  try {
    const entries = readdirSync(path.join(stateDir, 'state', 'boxes'), { withFileTypes: true });
    names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return; // no box was made
  }
  for (const name of names) {
    await run(['node', 'bin/kdev', 'box', 'delete', name], (text) => process.stdout.write(text));
  }
}

function run([command, ...args], write) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    child.stdout.setEncoding('utf8').on('data', write);
    child.stderr.setEncoding('utf8').on('data', write);
    child.on('error', () => resolve(127));
    child.on('close', (code) => {
      children.delete(child);
      resolve(code ?? 1);
    });
  });
}
