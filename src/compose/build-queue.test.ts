import { expect, it } from 'vitest';
import type { Service } from '../core/service.ts';
import { createBuildQueue, neededBy } from './build-queue.ts';

const service = (name: string, ...dependsOn: string[]): Service =>
  ({ name, dependsOn }) as unknown as Service;

it('builds two at once, and of those that wait what others need first', async () => {
  const services = [service('web', 'api'), service('api', 'db'), service('db'), service('other')];
  const queue = createBuildQueue(services);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const build = (name: string): Promise<void> =>
    queue.add({ name }, () => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const all = ['other', 'other', 'web', 'api', 'db'].map(build);
  await new Promise(setImmediate);
  expect(begun).toEqual(['other', 'other']);
  for (let count = 1; count <= all.length; count++) {
    ends.shift()?.();
    await new Promise(setImmediate);
  }
  await Promise.all(all);
  expect(begun).toEqual(['other', 'other', 'db', 'api', 'web']);
});

it('hands on what a build throws, and goes on', async () => {
  const queue = createBuildQueue([service('web')]);
  await expect(queue.add({ name: 'web' }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await queue.add({ name: 'web' }, async () => 'yes')).toBe('yes');
});

it('a service needs what it depends on, through others too, and nothing in a ring', () => {
  const services = [
    service('web', 'api'),
    service('api', 'db'),
    service('db'),
    service('a', 'b'),
    service('b', 'a'),
  ];
  expect([...neededBy('web', services)].sort()).toEqual(['api', 'db']);
  expect(neededBy('db', services)).toEqual([]);
  expect(neededBy('a', services)).toEqual([]);
});
