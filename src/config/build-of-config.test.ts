import { describe, expect, it } from 'vitest';
import { configSchema } from './config-schema.ts';
import { serviceOfConfig } from './service-of-config.ts';

function buildOf(build: unknown) {
  const config = configSchema.parse({ services: { web: { build } } });
  const service = config.services['web'];
  if (!service) throw new Error('there is no service');
  const { service: made, problems } = serviceOfConfig('/shop', 'web', service);
  return { build: made.build, messages: problems.map(({ message }) => message) };
}

const refusals = (build: unknown): readonly string[] => {
  const parsed = configSchema.safeParse({ services: { web: { build } } });
  return parsed.error?.issues.map(({ message }) => message) ?? [];
};

describe('build of a service', () => {
  it.each<[written: object, expected: object]>([
    [{ secrets: { npm: { env: 'NPM_TOKEN' } } }, { secrets: { npm: { env: 'NPM_TOKEN' } } }],
    [{ ssh: true }, { ssh: ['default'] }],
    [{ ssh: ['a', 'b'] }, { ssh: ['a', 'b'] }],
    [{ cache: true }, { cache: { own: true, from: [] } }],
    [{ cache: { from: 'r/a:1', to: 'r/b:1' } }, { cache: { own: false, from: ['r/a:1'], to: 'r/b:1' } }],
    [{ platforms: ['linux/amd64', 'linux/arm64'] }, { platform: 'linux/amd64,linux/arm64' }],
    [{ command: ['./build.sh'] }, { command: ['./build.sh'] }],
  ])('takes %j', (written, expected) => {
    const { build, messages } = buildOf(written);
    expect(messages).toEqual([]);
    expect(build).toEqual({ dockerfile: 'Dockerfile', context: '.', args: {}, ...expected });
  });

  it('says nothing of an agent that is not asked for', () => {
    expect(buildOf({ ssh: false }).build).not.toHaveProperty('ssh');
  });

  it('takes one platform or several', () => {
    const { messages } = buildOf({ platform: 'linux/amd64', platforms: ['linux/arm64'] });
    expect(messages).toEqual(['expected platform or platforms, not both']);
  });

  it.each([
    [{ secrets: { 'a,b': { env: 'A' } } }],
    [{ secrets: { a: 'word' } }],
    [{ secrets: { a: { env: 'A', file: 'b' } } }],
    [{ platforms: ['amd64'] }],
    [{ platforms: [] }],
    [{ command: [] }],
    [{ cache: false }],
  ])('refuses %j', (written) => {
    expect(refusals(written)).not.toEqual([]);
  });

  it.each([['20'], ['0Gi'], ['lots'], [20]])('refuses a cache of %j', (cacheSize) => {
    const parsed = configSchema.safeParse({ services: {}, builder: { cacheSize } });
    expect(parsed.error?.issues.map(({ message }) => message).join()).toContain("a size such as '20Gi'");
  });
});
