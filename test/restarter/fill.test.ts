import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Program, runProgram } from './program.ts';
import { temporaryDirs } from './temporary.ts';

const temporaryDir = temporaryDirs();

test('several pairs are filled by one call', async () => {
  const dir = await temporaryDir();
  await mkdir(path.join(dir, 'src/package'), { recursive: true });
  await writeFile(path.join(dir, 'src/package/module.py'), 'print(1)\n');
  await writeFile(path.join(dir, 'src/start'), '#!/bin/sh\n', { mode: 0o755 });
  await symlink('package/module.py', path.join(dir, 'src/link'));
  await mkdir(path.join(dir, 'volume/1'), { recursive: true });
  await writeFile(path.join(dir, 'volume/1/old'), 'old');

  const result = await runProgram(
    'fill',
    `${dir}/src`,
    `${dir}/volume/0`,
    `${dir}/missing`,
    `${dir}/volume/1`,
  );
  expect(result).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  expect((await readdir(path.join(dir, 'volume'), { recursive: true })).sort()).toEqual([
    '0',
    '0/link',
    '0/package',
    '0/package/module.py',
    '0/start',
    '1',
  ]);
  expect(await readlink(path.join(dir, 'volume/0/link'))).toBe('package/module.py');
  expect((await stat(path.join(dir, 'volume/0/start'))).mode & 0o777).toBe(0o755);
});

test('many files arrive, however they are spread', async () => {
  const dir = await temporaryDir();
  for (const [folder, count] of [
    ['flat', 1000],
    ['a/b/c', 30],
    ['a/b/d', 65],
    ['a', 64],
  ] as const) {
    await mkdir(path.join(dir, 'src', folder), { recursive: true });
    for (let i = 0; i < count; i += 1)
      await writeFile(path.join(dir, 'src', folder, `${i}.txt`), `${folder} ${i}`);
  }
  expect((await runProgram('fill', `${dir}/src`, `${dir}/to`)).code).toBe(0);
  const list = async (root: string) => (await readdir(path.join(dir, root), { recursive: true })).sort();
  expect(await list('to')).toEqual(await list('src'));
  expect(await readFile(path.join(dir, 'to/flat/999.txt'), 'utf8')).toBe('flat 999');
});

test('what the user may not read is named and counted, exit 3, but no failure with --readable; the rest is copied', async () => {
  const dir = await temporaryDir();
  await mkdir(path.join(dir, 'src/secret-dir'), { recursive: true });
  for (const name of ['open', 'secret', 'secret-dir/inside'])
    await writeFile(path.join(dir, 'src', name), name);
  await mkdir(path.join(dir, 'to'));
  await chmod(path.join(dir, 'to'), 0o777);
  await chmod(dir, 0o755);
  await chmod(path.join(dir, 'src/secret'), 0o000);
  await chmod(path.join(dir, 'src/secret-dir'), 0o000);

  const result = await fillAsAnother(dir, 'fill', `${dir}/src`, `${dir}/to`);
  expect(result.code).toBe(3);
  expect(result.stderr).toMatch(/\/src\/secret: permission denied: this user may not read it \(uid \d+\)\n/);
  expect(result.stderr).toMatch(
    /\/src\/secret-dir: permission denied: this user may not read it \(uid \d+\)\n/,
  );
  expect(result.stderr).toMatch(/restarter: 2 not copied\n$/);
  expect((await readdir(path.join(dir, 'to'))).sort()).toEqual(['open', 'secret-dir']);

  const lenient = await fillAsAnother(dir, 'fill', '--readable', `${dir}/src`, `${dir}/to`);
  expect(lenient.code).toBe(0);
  expect(lenient.stderr.split('\n')).toHaveLength(3);
  await chmod(path.join(dir, 'src/secret-dir'), 0o700);
});

/** Root reads everything, so that root's run of a test needs another user. */
async function fillAsAnother(
  dir: string,
  ...args: readonly string[]
): Promise<{ code: number; stderr: string }> {
  const identity = process.geteuid?.() === 0 ? { uid: 12_345, gid: 12_345 } : {};
  const shared = path.join(dir, 'bin');
  expect((await runProgram('install', shared)).code).toBe(0);
  return new Promise((resolve) => {
    execFile(`${shared}/restarter`, args, identity, (error, _, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stderr }),
    );
  });
}

test('a volume that cannot be written is told, exit 3', async () => {
  const dir = await temporaryDir();
  await mkdir(path.join(dir, 'src'));
  await writeFile(path.join(dir, 'file'), '');
  const program = await Program.start(['fill', `${dir}/src`, `${dir}/file/to`]);
  expect(await program.ended).toMatchObject({ code: 3, stderr: expect.stringContaining('not a directory') });
});
