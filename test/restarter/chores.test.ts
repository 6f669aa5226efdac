import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { runProgram } from './program.ts';
import { moduleDir, restarterBinary } from './restarter-binary.ts';
import { temporaryDirs } from './temporary.ts';

const temporaryDir = temporaryDirs();

test.each([
  [[], 'no mode given'],
  [['--'], 'no command after --'],
  [['serve'], 'unknown mode "serve"'],
  [['ready'], 'ready takes one file; got ""'],
  [['install', 'a', 'b'], 'install takes one directory; got "a b"'],
  [['relay', ''], 'relay takes one socket; got ""'],
  [['fill', 'a', 'b', 'c'], 'fill takes pairs of FROM and TO; got 3 arguments'],
  [['run', 'true'], 'run takes [--until-eof | --id ID] -- COMMAND [ARG…]'],
  [['run', '--until-eof', '--'], 'run takes [--until-eof | --id ID] -- COMMAND [ARG…]'],
])('wrong usage %j is told with the modes that there are, exit 2', async (args, message) => {
  const { code, stderr } = await runProgram(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(`restarter: ${message}\n`);
  expect(stderr).toContain('restarter -- COMMAND [ARG…]');
});

test('the version is what was linked in', async () => {
  expect(await runProgram('version')).toMatchObject({ code: 0, stdout: '0.0.0-test\n' });
});

test('the program is static and under 3 MB', async () => {
  const binary = await restarterBinary();
  expect((await stat(binary)).size).toBeLessThan(3_000_000);
  const program = await readFile(binary);
  // ELF's program header of type PT_INTERP (3) would name a loader.
  const [start, size, count] = [
    Number(program.readBigUInt64LE(32)),
    program.readUInt16LE(54),
    program.readUInt16LE(56),
  ];
  const types = Array.from({ length: count }, (_, index) => program.readUInt32LE(start + index * size));
  expect(types).not.toContain(3);
});

test('the parts that are pure pass their own tests', async () => {
  const { stdout } = await promisify(execFile)('nice', ['go', 'test', './...'], { cwd: moduleDir });
  expect(stdout).toMatch(/^ok\s+kdev\/restarter\/internal\/proc/m);
}, 600_000);

test('ready says whether a file is there', async () => {
  const dir = await temporaryDir();
  expect((await runProgram('ready', path.join(dir, 'ready'))).code).toBe(1);
  await writeFile(path.join(dir, 'ready'), '');
  expect((await runProgram('ready', path.join(dir, 'ready'))).code).toBe(0);
});

test('install makes an executable copy, also over one that is running, and leaves nothing beside it', async () => {
  const dir = path.join(await temporaryDir(), 'kdev/bin');
  expect(await runProgram('install', dir)).toMatchObject({ code: 0, stderr: '' });
  const copy = path.join(dir, 'restarter');
  expect((await stat(copy)).mode & 0o7777).toBe(0o555);

  // The copy replaces itself: a plain write would be refused with ETXTBSY.
  await promisify(execFile)(copy, ['install', dir]);
  expect(await readdir(dir)).toEqual(['restarter']);
  expect((await promisify(execFile)(copy, ['version'])).stdout).toBe('0.0.0-test\n');
});

test('install says where it could not write', async () => {
  const file = path.join(await temporaryDir(), 'file');
  await copyFile('/dev/null', file);
  const { code, stderr } = await runProgram('install', path.join(file, 'bin'));
  expect(code).toBe(3);
  expect(stderr).toMatch(/^restarter: could not install into .*: .*not a directory\n$/);
});
