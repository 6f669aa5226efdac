import { describe, expect, it } from 'vitest';
import { cacheImports, firstThere, withoutMissing } from './cache-imports.ts';

describe('cacheImports', () => {
  const named = { own: false, from: ['example.org/a:main'] };
  it.each([
    ['a cold builder begins with what was built last', undefined, true, [[], ['r:5000/a:layers']]],
    ['a warm one has its own', undefined, false, [[], []]],
    [
      'with cache: true all stages are better',
      { own: true, from: [] },
      true,
      [['r:5000/a:cache'], ['r:5000/a:layers']],
    ],
    ['images that are named are always better', named, false, [['example.org/a:main'], []]],
  ])('%s', (_title, cache, cold, expected) => {
    expect(cacheImports('r:5000/a', cache, cold)).toEqual(expected);
  });

  it('what is worse is taken where nothing of the better is there', async () => {
    const there = new Set(['r:5000/a:layers']);
    const options = {
      ask: async ({ repository, tag }: { readonly repository: string; readonly tag: string }) =>
        there.has(`r:5000/${repository}:${tag}`) ? 'sha256:1' : undefined,
      onMissing: () => undefined,
    };
    const lists = cacheImports('r:5000/a', { own: true, from: [] }, true);
    expect(await firstThere(lists, options)).toEqual(['r:5000/a:layers']);
    there.add('r:5000/a:cache');
    expect(await firstThere(lists, options)).toEqual(['r:5000/a:cache']);
  });
});

describe('withoutMissing', () => {
  it('leaves out what is not there and says so, and keeps what nobody here can tell', async () => {
    const missing: string[] = [];
    const names = ['r:5000/there:main', 'r:5000/missing:main', 'r:5000/unreachable:main', 'no name!'];
    const left = await withoutMissing(names, {
      ask: async ({ repository }) => {
        if (repository === 'unreachable') throw new Error('no route to host');
        return repository === 'there' ? 'sha256:1' : undefined;
      },
      onMissing: (name) => missing.push(name),
    });
    expect(left).toEqual(['r:5000/there:main', 'r:5000/unreachable:main', 'no name!']);
    expect(missing).toEqual(['r:5000/missing:main']);
  });

  it('ends with the signal', async () => {
    const signal = AbortSignal.abort(new Error('changed my mind'));
    const ask = async (_image: unknown, over: AbortSignal) => {
      over.throwIfAborted();
      return 'sha256:1';
    };
    const asking = withoutMissing(['r:5000/a:main'], { ask, onMissing: () => undefined, signal });
    await expect(asking).rejects.toThrow('changed my mind');
  });
});
