import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KdevError } from '../core/error.ts';
import { silentReporter } from '../core/reporter.ts';
import type { ArtifactRecipe } from './artifact.ts';
import { artifactKey } from './artifact-key.ts';
import { lockFile } from './file-lock.ts';
import { provideArtifact } from './provide-artifact.ts';

let cacheDir = '';
beforeEach(async () => {
  cacheDir = await mkdtemp(path.join(tmpdir(), 'kdev-cache-'));
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

function recipeOf(make: ArtifactRecipe['make'], value = '1'): ArtifactRecipe {
  return { name: 'thing', announce: 'making a thing', inputs: { values: [value] }, make };
}
const writeThing: ArtifactRecipe['make'] = ({ into }) => writeFile(path.join(into, 'thing'), 'made');

test('an artifact is made once and found again afterwards', async () => {
  let made = 0;
  const recipe = recipeOf(async (options) => {
    made += 1;
    await writeThing(options);
  });
  const first = await provideArtifact(recipe, { cacheDir, reporter: silentReporter });
  const second = await provideArtifact(recipe, { cacheDir, reporter: silentReporter });
  expect(second).toBe(first);
  expect(made).toBe(1);
  expect(await readFile(path.join(first, 'thing'), 'utf8')).toBe('made');
});

test('two that ask at the same time make it once, and the later one says that it waits', async () => {
  let made = 0;
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const steps: string[] = [];
  const reporter = {
    step: (text: string) => {
      steps.push(text);
      if (text.startsWith('waiting')) finish();
    },
    detail: () => undefined,
  };
  const recipe = recipeOf(async (options) => {
    made += 1;
    await finished;
    await writeThing(options);
  });
  const both = [1, 2].map(() => provideArtifact(recipe, { cacheDir, reporter }));
  const [first, second] = await Promise.all(both);
  expect(first).toBe(second);
  expect(made).toBe(1);
  expect(steps.sort()).toEqual(['making a thing', 'waiting for another kdev that is making thing']);
});

test('a maker that fails leaves nothing behind, and the next one tries again', async () => {
  const failing = recipeOf(async (options) => {
    await writeThing(options);
    throw new Error('the disk is on fire');
  });
  const error = await provideArtifact(failing, { cacheDir, reporter: silentReporter }).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(KdevError);
  expect(error).toMatchObject({ code: 'artifact-failed', why: 'the disk is on fire' });
  expect((await readdir(path.join(cacheDir, 'thing'))).filter((name) => !name.endsWith('.lock'))).toEqual([]);
  await access(
    path.join(await provideArtifact(recipeOf(writeThing), { cacheDir, reporter: silentReporter }), 'thing'),
  );
});

test('an aborted maker publishes nothing', async () => {
  const abort = new AbortController();
  const recipe = recipeOf(async (options) => {
    await writeThing(options);
    abort.abort(new Error('enough'));
  });
  const options = { cacheDir, reporter: silentReporter, signal: abort.signal };
  await expect(provideArtifact(recipe, options)).rejects.toThrow('enough');
  expect((await readdir(path.join(cacheDir, 'thing'))).filter((name) => !name.endsWith('.lock'))).toEqual([]);
});

test('what a killed maker left behind is cleared, and its lock is free', async () => {
  const key = await artifactKey(recipeOf(writeThing));
  const shelf = path.join(cacheDir, 'thing');
  const script = `
    import { mkdir, mkdtemp } from 'node:fs/promises';
    const { lockFile } = await import(process.argv[1]);
    await mkdir(process.argv[2], { recursive: true });
    await lockFile(process.argv[2] + '/' + process.argv[3] + '.lock');
    await mkdtemp(process.argv[2] + '/' + process.argv[3] + '.making-');
    process.stdout.write('locked');
    setInterval(() => undefined, 1000);`;
  const esbuild = await import('esbuild');
  const bundle = path.join(cacheDir, 'file-lock.mjs');
  await esbuild.build({
    entryPoints: [path.join(import.meta.dirname, 'file-lock.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: bundle,
  });
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script, bundle, shelf, key]);
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  await once(holder, 'close');
  const made = await provideArtifact(recipeOf(writeThing), { cacheDir, reporter: silentReporter });
  expect((await readdir(shelf)).sort()).toEqual([key, `${key}.lock`]);
  await access(path.join(made, 'thing'));
});

test('whoever waits for a lock can be told to stop', async () => {
  const file = path.join(cacheDir, 'lock');
  const held = await lockFile(file);
  const abort = new AbortController();
  const waiting = lockFile(file, { signal: abort.signal, onWait: () => abort.abort(new Error('enough')) });
  await expect(waiting).rejects.toThrow('enough');
  await held.release();
  await (await lockFile(file)).release();
});

test('the key follows names, bytes and values, not where the files lie', async () => {
  const write = async (folder: string, text: string): Promise<string> => {
    const file = path.join(await mkdtemp(path.join(cacheDir, folder)), 'main.go');
    await writeFile(file, text);
    return file;
  };
  const [one, same, other] = [await write('a', 'x'), await write('b', 'x'), await write('c', 'y')];
  const keyOf = (files: string[], values: string[] = []) =>
    artifactKey({ name: 'n', inputs: { files, values } });
  expect(await keyOf([one])).toBe(await keyOf([same]));
  expect(await keyOf([one])).not.toBe(await keyOf([other]));
  expect(await keyOf([one], ['ab', 'c'])).not.toBe(await keyOf([one], ['a', 'bc']));
});

test('an input file that is missing is named', async () => {
  const missing = path.join(cacheDir, 'gone.go');
  const key = artifactKey({ name: 'thing', inputs: { files: [missing] } });
  await expect(key).rejects.toMatchObject({ code: 'artifact-input-missing', where: missing });
});
