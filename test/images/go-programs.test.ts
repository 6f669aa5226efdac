import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const images = path.resolve(import.meta.dirname, '../../images');

it.each(['builder/kdev-build', 'sidecar'])(
  'the Go tests of images/%s pass',
  async (folder) => {
    const run = promisify(execFile)('go', ['test', './...'], { cwd: path.join(images, folder) });
    await expect(run).resolves.toBeDefined();
  },
  600_000,
);
