import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryDir } from '../../test/temporary-dir.ts';
import { createBaseStore } from './base-store.ts';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
beforeAll(async () => {
  dir = await temporaryDir('kdev-base-');
});
afterAll(() => dir.remove());

it('remembers the paths of a build across runs', async () => {
  await createBaseStore(dir.path).put('abc', ['/app/a', '/app/é b']);
  expect(await createBaseStore(dir.path).get('abc')).toEqual(new Set(['/app/a', '/app/é b']));
});

it('knows no paths of a build that it never saw, so that nothing is deleted', async () => {
  expect(await createBaseStore(`${dir.path}/none`).get('other')).toEqual(new Set());
});
