import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyPrograms } from './copy-programs.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'kdev-programs-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** What the copied loader says a copied program would be linked to, with nothing else to choose from. */
function linkedIn(root: string, program: string, loader: string, libraries: string): string {
  return execFileSync(
    path.join(root, loader),
    ['--inhibit-cache', '--library-path', libraries, '--list', path.join(root, program)],
    {
      encoding: 'utf8',
    },
  );
}

describe('copyPrograms', () => {
  it.runIf(process.arch === 'x64')('copies a program with everything it is linked to', async () => {
    await copyPrograms({ from: '/', into: dir, programs: ['/usr/bin/tar'] });
    const libraries = ['lib', 'usr/lib'].map((lib) => path.join(dir, lib, 'x86_64-linux-gnu')).join(':');
    const said = linkedIn(dir, '/usr/bin/tar', '/lib64/ld-linux-x86-64.so.2', libraries);
    expect(said).toContain(path.join(dir, ''));
    expect(said).not.toContain('not found');
    expect(said.split('\n').filter((line) => line.includes('=> /lib') || line.includes('=> /usr'))).toEqual(
      [],
    );
  });

  it('follows absolute links inside the root, not out of it', async () => {
    const root = path.join(dir, 'root');
    await mkdir(path.join(root, 'bin'), { recursive: true });
    await writeFile(path.join(root, 'bin/real'), '#!/bin/sh\n');
    await symlink('/bin/real', path.join(root, 'bin/name'));
    await copyPrograms({ from: root, into: path.join(dir, 'into'), programs: ['/bin/name'] });
    expect(execFileSync('cat', [path.join(dir, 'into/bin/name')], { encoding: 'utf8' })).toBe('#!/bin/sh\n');
  });

  it('says which library is missing', async () => {
    await mkdir(path.join(dir, 'root'));
    await expect(
      copyPrograms({
        from: path.join(dir, 'root'),
        into: path.join(dir, 'into'),
        programs: [],
        linked: [process.execPath],
      }),
    ).rejects.toMatchObject({ code: 'image-library-missing' });
  });
});
