import { describe, expect, it } from 'vitest';
import type { Environment, Project, Service } from '../core/service.ts';
import { chooseEnvironment } from './choose-environment.ts';
import { chooseService, chooseServices } from './choose-services.ts';

function project(
  environments: readonly string[],
  services: Readonly<Record<string, readonly string[]>>,
): Project {
  return {
    name: 'shop',
    root: '/shop',
    configFile: '/shop/dev.config.ts',
    builder: { namespace: 'kdev-builder', cacheSize: '20Gi' },
    environments: environments.map(
      (name): Environment => ({
        name,
        manifests: { type: 'yaml', files: [] },
        namespace: 'shop',
        target: { type: 'default' },
        protected: false,
        colour: 'green',
      }),
    ),
    services: Object.entries(services).map(
      ([name, dependsOn]): Service => ({
        name,
        workload: { kind: 'Deployment', name },
        mappings: [],
        restart: [],
        rebuild: [],
        ports: [],
        graceMs: 1,
        gateWaitMs: 1,
        onCrash: 'hold',
        dependsOn,
        storage: 'auto',
        tests: [],
      }),
    ),
  };
}

describe('the environment of a command', () => {
  it.each([
    ['the named one', ['local', 'production'], 'production', 'production'],
    ['local where nothing is named', ['production', 'local'], undefined, 'local'],
    ['the only one', ['staging'], undefined, 'staging'],
  ])('is %s', (_, names, asked, expected) => {
    expect(chooseEnvironment(project(names, {}), asked).name).toBe(expected);
  });

  it('is never guessed: an unknown name lists those that exist', () => {
    expect(() => chooseEnvironment(project(['local', 'production'], {}), 'prodction')).toThrow(
      expect.objectContaining({
        code: 'environment-unknown',
        why: 'The environments are local, production.',
        cure: expect.stringContaining('--env production'),
      }),
    );
  });

  it('is never guessed among several', () => {
    expect(() => chooseEnvironment(project(['a', 'b'], {}))).toThrow(
      expect.objectContaining({ code: 'environment-not-chosen', why: 'The environments are a, b.' }),
    );
  });
});

describe('the services of a command', () => {
  const all = project(['local'], { web: ['api'], api: ['db'], db: [], other: [] });

  it('are all of them, those that others wait for first', () => {
    expect(chooseServices(all, []).map(({ name }) => name)).toEqual(['db', 'api', 'web', 'other']);
  });

  it('are the named ones with what they need', () => {
    expect(chooseServices(all, ['api']).map(({ name }) => name)).toEqual(['db', 'api']);
  });

  it('must exist', () => {
    expect(() => chooseServices(all, ['wbe'])).toThrow(
      expect.objectContaining({ code: 'service-unknown', cure: 'Did you mean web?' }),
    );
  });

  it('need a name where one is wanted and there are several', () => {
    expect(chooseService(project(['local'], { only: [] })).name).toBe('only');
    expect(() => chooseService(all)).toThrow(expect.objectContaining({ code: 'service-not-chosen' }));
  });
});
