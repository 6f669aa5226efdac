import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifactKey } from '../artifacts/artifact-key.ts';
import { type ImageRecipeOptions, imageRecipe } from './image-recipe.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'kdev-image-'));
  await mkdir(path.join(dir, 'sources'));
  await writeFile(path.join(dir, 'sources/config'), 'one');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function keyOf(changes: Partial<ImageRecipeOptions> = {}, cache = '/cache'): Promise<string> {
  const source = path.join(dir, 'sources/config');
  const options: ImageRecipeOptions = {
    name: 'image-x',
    reference: 'docker.io/kdev/x:1',
    architecture: 'amd64',
    config: {},
    base: `${cache}/base/abc/base.tar`,
    top: [
      { path: '/bin/x', file: `${cache}/x/def/x`, mode: 0o755 },
      { path: '/etc/config', file: source },
      { path: '/etc/text', text: 'text' },
    ],
    sources: [source],
    ...changes,
  };
  return artifactKey(imageRecipe(options));
}

describe('imageRecipe', () => {
  it('has the same key wherever the cache lies', async () => {
    expect(await keyOf({}, '/elsewhere')).toBe(await keyOf());
  });

  it('has another key when a source file changes', async () => {
    const before = await keyOf();
    await writeFile(path.join(dir, 'sources/config'), 'two');
    expect(await keyOf()).not.toBe(before);
  });

  it.each<[title: string, changes: Partial<ImageRecipeOptions>]>([
    ['the base', { base: '/cache/base/abd/base.tar' }],
    ['the processor', { architecture: 'arm64' }],
    ['the name', { reference: 'docker.io/kdev/x:2' }],
    ['how it runs', { config: { User: '1000' } }],
    ['what is in it', { top: [], sources: [] }],
  ])('has another key when %s changes', async (_, changes) => {
    expect(await keyOf(changes)).not.toBe(await keyOf());
  });
});
