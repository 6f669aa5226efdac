import { describe, expect, it } from 'vitest';
import type { RegistrySettings } from '../core/service.ts';
import { configuredLogin, registryOfSettings, withLogin } from './configured.ts';

const settings: RegistrySettings = {
  push: 'reg.example',
  pull: 'localhost:5000',
  here: 'here.example',
  prefix: 'team/',
  plainHttp: false,
  insecure: false,
  username: 'me',
  passwordEnv: 'SECRET',
};

describe('a configured registry', () => {
  it('takes its password from the environment', () => {
    expect(configuredLogin(settings, { SECRET: 'x' })).toEqual({ username: 'me', password: 'x' });
    const { username: _, passwordEnv: __, ...plain } = settings;
    expect(configuredLogin(plain, {})).toBeUndefined();
  });

  it.each([{}, { SECRET: '' }])('says which variable is missing: %j', (env) => {
    expect(() => configuredLogin(settings, env)).toThrow(
      expect.objectContaining({
        code: 'registry-password-missing',
        fault: 'user',
        cure: expect.stringContaining('export SECRET=') as string,
      }),
    );
  });

  it('is logged in at by any of its names, and other registries as ever', async () => {
    const login = { username: 'me', password: 'x' };
    const others = { find: async (host: string) => ({ identityToken: `at ${host}` }) };
    const credentials = withLogin(registryOfSettings(settings), () => login, others);
    expect(await credentials.find('reg.example')).toBe(login);
    expect(await credentials.find('localhost:5000')).toBe(login);
    expect(await credentials.find('here.example')).toBe(login);
    expect(await credentials.find('docker.io')).toEqual({ identityToken: 'at docker.io' });
    const nobody = withLogin(registryOfSettings(settings), () => undefined, others);
    expect(await nobody.find('reg.example')).toEqual({ identityToken: 'at reg.example' });
  });
});
