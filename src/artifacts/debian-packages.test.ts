import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureDebianPackages } from './debian-packages.ts';

let folder = '';
let steps: string[] = [];
const reporter = { step: (text: string) => steps.push(text), detail: () => undefined };
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kdev-debian-'));
  steps = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('packages that are installed are left alone, without a word', async () => {
  await ensureDebianPackages(['dpkg', 'coreutils'], { reporter, uid: 1000 });
  expect(steps).toEqual([]);
});

test('a missing package needs root, and the error has the command', async () => {
  const ensured = ensureDebianPackages(['dpkg', 'kdev-no-such-package'], { reporter, uid: 1000 });
  await expect(ensured).rejects.toMatchObject({
    code: 'debian-packages-missing',
    what: 'These Debian packages are needed and missing: kdev-no-such-package.',
    cure: 'Run: sudo apt-get install --no-install-recommends kdev-no-such-package',
  });
});

test('on another Linux nothing is tried', async () => {
  const osReleaseFile = path.join(folder, 'os-release');
  await writeFile(osReleaseFile, 'NAME="Fedora Linux"\nID=fedora\n');
  const ensured = ensureDebianPackages(['kdev-no-such-package'], { reporter, uid: 0, osReleaseFile });
  await expect(ensured).rejects.toMatchObject({
    code: 'debian-packages-missing',
    why: expect.stringContaining('no Debian'),
  });
});
