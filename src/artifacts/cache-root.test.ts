import { expect, test } from 'vitest';
import { cacheRoot } from './cache-root.ts';

test.each([
  [{ KDEV_CACHE_DIR: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' }, '/a'],
  [{ XDG_CACHE_HOME: '/b', HOME: '/c' }, '/b/kdev'],
  [{ XDG_CACHE_HOME: 'relative', HOME: '/c' }, '/c/.cache/kdev'],
  [{ KDEV_CACHE_DIR: '', HOME: '/c' }, '/c/.cache/kdev'],
])('with %o the cache is %s', (env, expected) => {
  expect(cacheRoot(env)).toBe(expected);
});
