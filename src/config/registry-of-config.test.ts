import { describe, expect, it } from 'vitest';
import { registryOfConfig } from './registry-of-config.ts';

describe('registry', () => {
  it('is one name for every side', () => {
    expect(registryOfConfig('registry.example.com:5000/team/images', ['registry'])).toEqual({
      problems: [],
      registry: {
        push: 'registry.example.com:5000',
        pull: 'registry.example.com:5000',
        here: 'registry.example.com:5000',
        prefix: 'team/images/',
        plainHttp: false,
        insecure: false,
      },
    });
  });

  it('keeps every option', () => {
    const written = {
      push: 'reg',
      pull: 'localhost:5000',
      here: '[::1]:5000',
      plainHttp: true,
      username: 'me',
      passwordEnv: 'SECRET',
      pullSecret: 'mine',
    };
    expect(registryOfConfig(written, ['registry']).registry).toEqual({
      ...written,
      prefix: '',
      insecure: false,
    });
  });

  it.each([
    [undefined, true],
    [true, true],
    [false, undefined],
    ['mine', 'mine'],
  ])('makes a pull secret of a user unless it says otherwise: %j', (pullSecret, expected) => {
    const written = {
      push: 'reg',
      username: 'me',
      passwordEnv: 'SECRET',
      ...(pullSecret !== undefined && { pullSecret }),
    };
    expect(registryOfConfig(written, ['registry']).registry?.pullSecret).toBe(expected);
  });

  it.each([
    ['https://reg.example', ['registry'], 'host or host:port'],
    ['reg.example/Team', ['registry'], 'small letters'],
    [{ push: 'reg', pull: 'reg/team' }, ['registry', 'pull'], 'host or host:port'],
    [{ push: 'reg', username: 'me' }, ['registry', 'username'], 'needs passwordEnv'],
    [{ push: 'reg', passwordEnv: 'X' }, ['registry', 'passwordEnv'], 'needs username'],
    [{ push: 'reg', pullSecret: true }, ['registry', 'pullSecret'], 'needs username and passwordEnv'],
    [{ push: 'reg', plainHttp: true, insecure: true }, ['registry', 'insecure'], 'no certificate'],
  ])('refuses %j', (written, path, words) => {
    const { problems, registry } = registryOfConfig(written, ['registry']);
    expect(registry).toBeUndefined();
    expect(problems).toContainEqual({ path, message: expect.stringContaining(words) as string });
  });
});
