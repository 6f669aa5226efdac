// The outage of test/cluster/link.test.ts, five minutes long: `node test/life/long-outage.mjs [MS]`.
import { spawn } from 'node:child_process';
import path from 'node:path';

const outageMs = Number(process.argv[2] ?? 300_000);
const vitest = path.resolve(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');
const args = ['run', '--project=cluster', 'test/cluster/link.test.ts', '-t', 'is away for'];
const child = spawn(process.execPath, [vitest, ...args, '--testTimeout', String(outageMs + 120_000)], {
  stdio: 'inherit',
  env: { ...process.env, KDEV_TEST_OUTAGE_MS: String(outageMs) },
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
