import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentReporter } from '../core/reporter.ts';
import { artifactKey } from './artifact-key.ts';
import { goProgram } from './go-program.ts';
import { provideArtifact } from './provide-artifact.ts';

let folder = '';
let moduleDir = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kdev-go-'));
  moduleDir = await mkdtemp(path.join(folder, 'module-'));
  await writeFile(path.join(moduleDir, 'go.mod'), 'module hello\n\ngo 1.21\n');
  await writeMain('println(Greeting)');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const writeMain = (body: string): Promise<void> =>
  writeFile(
    path.join(moduleDir, 'main.go'),
    `package main\n\nvar Greeting = "hello"\n\nfunc main() { ${body} }\n`,
  );
const recipe = (ldflags = '') =>
  goProgram({ name: 'hello', moduleDir, announce: 'compiling hello', ldflags });
const key = async (): Promise<string> => artifactKey(await recipe());

test('a Go module becomes a static program, with its link-time values', async () => {
  const made = await provideArtifact(await recipe('-X main.Greeting=changed'), {
    cacheDir: path.join(folder, 'cache'),
    reporter: silentReporter,
  });
  const program = path.join(made, 'hello');
  expect(execFileSync('sh', ['-c', '"$0" 2>&1', program], { encoding: 'utf8' })).toBe('changed\n');
});

test('another source or another file is another program; a test or a document is not', async () => {
  const first = await key();
  await writeFile(path.join(moduleDir, 'main_test.go'), 'package main\n');
  await writeFile(path.join(moduleDir, 'README.md'), '# hello\n');
  expect(await key()).toBe(first);
  await writeFile(path.join(moduleDir, 'other.go'), 'package main\n');
  const second = await key();
  expect(second).not.toBe(first);
  await writeMain('');
  expect(await key()).not.toBe(second);
});

test('a program that does not compile is an error with the compiler’s words', async () => {
  await writeMain('nonsense()');
  const made = provideArtifact(await recipe(), {
    cacheDir: path.join(folder, 'cache'),
    reporter: silentReporter,
  });
  await expect(made).rejects.toMatchObject({
    code: 'go-build-failed',
    why: expect.stringContaining('undefined: nonsense'),
  });
});
