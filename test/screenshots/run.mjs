// Bundles and runs `main.ts`.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..', '..');
const dir = await mkdtemp(path.join(root, 'dist', 'screenshots-'));
// Two folders below the root, as test/terminal is, which finds kdev from where it lies.
const outfile = path.join(dir, 'main.mjs');
try {
  await build({
    ...{ entryPoints: [path.join(import.meta.dirname, 'main.ts')], outfile, bundle: true, platform: 'node' },
    ...{ format: 'esm', packages: 'external', logLevel: 'warning' },
  });
  const child = spawn(process.execPath, [outfile], { cwd: root, stdio: 'inherit' });
  process.exitCode = await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
} finally {
  await rm(dir, { recursive: true, force: true });
}
