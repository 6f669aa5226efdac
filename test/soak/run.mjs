// Bundles test/soak/main.ts and runs it in namespaces of its own: whatever it mounts and starts goes with it.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'dist', 'soak');
const outfile = path.join(folder, `soak-${process.pid}.mjs`);

await build({
  absWorkingDir: root,
  entryPoints: ['test/soak/main.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
const apart = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const child = spawn('unshare', [...apart, process.execPath, outfile, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// A terminal sends Ctrl-C to the child as well, which then ends in order.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGKILL'));
child.on('close', (code) => {
  rmSync(outfile, { force: true });
  process.exitCode = code ?? 1;
});
