import { readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDir } from '../../test/temporary-dir.ts';
import { createBaseDigests, freshMs } from './base-digests.ts';
import { type ImageName, parseImageName } from './image-name.ts';

let folder: Awaited<ReturnType<typeof temporaryDir>>;
let now: number;
let asked: string[];
let answers: Record<string, string | Error | undefined>;

beforeEach(async () => {
  folder = await temporaryDir('kdev-bases-');
  now = 1_000_000_000;
  asked = [];
  answers = { python: 'sha256:1' };
});
afterEach(() => folder.remove());

function image(name: string): ImageName {
  const parsed = parseImageName(name);
  if (!parsed) throw new Error(name);
  return parsed;
}

function open(options: { view?: string; dir?: string } = {}) {
  return createBaseDigests({
    dir: folder.path,
    view: 'here',
    now: () => now,
    ask: async ({ familiar }) => {
      asked.push(familiar);
      const answer = answers[familiar];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    ...options,
  });
}

async function digestOf(name: string, options: { maxAgeMs?: number; said?: string[] } = {}, from = open()) {
  const { said = [], ...resolving } = options;
  const [found] = await from.resolve([image(name)], { ...resolving, onUnknown: (why) => said.push(why) });
  return found?.digest;
}

describe('digests of base images', () => {
  it('are asked for once, and known to the next process', async () => {
    expect(await digestOf('python')).toBe('sha256:1');
    answers['python'] = 'sha256:2';
    expect(await digestOf('docker.io/library/python:latest')).toBe('sha256:1');
    expect(asked).toEqual(['python']);
  });

  it('are asked for again when they are old', async () => {
    await digestOf('python');
    answers['python'] = 'sha256:2';
    now += freshMs + 1;
    expect(await digestOf('python')).toBe('sha256:2');
    expect(asked).toHaveLength(2);
    expect(await digestOf('python', { maxAgeMs: 0 })).toBe('sha256:2');
    expect(asked).toHaveLength(3);
  });

  it('of one registry say nothing about another', async () => {
    await digestOf('python');
    answers['python'] = 'sha256:2';
    expect(await digestOf('python', {}, open({ view: 'there' }))).toBe('sha256:2');
  });

  it('count on where the registry does not answer, which is said and not tried at once again', async () => {
    await digestOf('python');
    answers['python'] = new Error('connection refused');
    now += freshMs + 1;
    const said: string[] = [];
    expect(await digestOf('python', { said })).toBe('sha256:1');
    expect(await digestOf('python')).toBe('sha256:1');
    expect(asked).toHaveLength(2);
    expect(said).toEqual([
      'the digest of python is not known (connection refused): the one known before counts',
    ]);
  });

  it('that were never known leave the name alone, which is said', async () => {
    const said: string[] = [];
    answers['private'] = new Error('401');
    expect(await digestOf('private', { said })).toBeUndefined();
    expect(await digestOf('none', { said })).toBeUndefined();
    expect(said).toEqual([
      'the digest of private is not known (401): it is built from under its name alone',
      'the digest of none is not known (its registry has no image of that name): it is built from under its name alone',
    ]);
  });

  it('are forgotten where the name is gone', async () => {
    await digestOf('python');
    answers['python'] = undefined;
    expect(await digestOf('python', { maxAgeMs: 0 })).toBeUndefined();
  });

  it('do without a folder that can be written', async () => {
    const dir = path.join(folder.path, 'file');
    await writeFile(dir, '');
    const from = open({ dir });
    expect(await digestOf('python', {}, from)).toBe('sha256:1');
    expect(await digestOf('python', {}, from)).toBe('sha256:1');
    expect(asked).toEqual(['python']);
  });

  it('that nobody asked for in a month go', async () => {
    await digestOf('python');
    const [old = ''] = await readdir(folder.path);
    await utimes(path.join(folder.path, old), 0, 0);
    await digestOf('none');
    expect(await readdir(folder.path)).toHaveLength(1);
  });

  it('end with the reason of whoever waits no longer', async () => {
    const reason = new Error('enough');
    answers['python'] = new Error('cut');
    const resolving = open().resolve([image('python')], { signal: AbortSignal.abort(reason) });
    await expect(resolving).rejects.toBe(reason);
  });
});
