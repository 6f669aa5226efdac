import { expect, it } from 'vitest';
import type { Service } from './service.ts';
import { startWaves } from './waves.ts';

const service = (name: string, ...dependsOn: string[]) => ({ name, dependsOn }) as unknown as Service;
const names = (services: readonly Service[]) =>
  startWaves(services).map((wave) => wave.map(({ name }) => name));

it('starts what depends on nothing together, and the rest wave by wave', () => {
  expect(names([service('web', 'api'), service('api', 'db'), service('db'), service('mail')])).toEqual([
    ['db', 'mail'],
    ['api'],
    ['web'],
  ]);
});

it('takes what is not asked for as there', () => {
  expect(names([service('web', 'api')])).toEqual([['web']]);
});

it('ends on a ring', () => {
  expect(names([service('a', 'b'), service('b', 'a')])).toEqual([['a', 'b']]);
});
