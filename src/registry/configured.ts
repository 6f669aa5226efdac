import { KdevError } from '../core/error.ts';
import type { Registry } from '../core/ports/registry.ts';
import type { RegistryCredentials } from '../core/ports/registry-credentials.ts';
import type { RegistrySettings } from '../core/service.ts';

export function registryOfSettings(settings: RegistrySettings): Registry {
  const { here, insecure, plainHttp, prefix, pull, push } = settings;
  return { fromPods: push, fromNodes: pull, fromHere: here, plainHttp, insecure, prefix };
}

/**
 * Who the configuration says to be; undefined where it says nothing.
 *
 * @throws KdevError `registry-password-missing`
 */
export function configuredLogin(
  settings: RegistrySettings,
  env: Readonly<Record<string, string | undefined>>,
): { readonly username: string; readonly password: string } | undefined {
  const { passwordEnv, username } = settings;
  if (username === undefined || passwordEnv === undefined) return undefined;
  const password = env[passwordEnv];
  if (password !== undefined && password !== '') return { username, password };
  throw new KdevError({
    code: 'registry-password-missing',
    fault: 'user',
    what: `There is no password for ${username} at the registry ${settings.push}.`,
    why: `The environment variable ${passwordEnv}, which passwordEnv of registry names, is ${password === '' ? 'empty' : 'not set'}.`,
    cure: `Set it: export ${passwordEnv}=…; or take username and passwordEnv out and use "docker login ${settings.here}".`,
  });
}

/** The login of a registry by each of its names; other registries are asked for elsewhere. */
export function withLogin(
  registry: Registry,
  login: () => { readonly username: string; readonly password: string } | undefined,
  others: RegistryCredentials,
): RegistryCredentials {
  const names = new Set([registry.fromHere, registry.fromNodes, registry.fromPods]);
  return {
    find: async (host, signal) =>
      (names.has(host) ? login() : undefined) ?? (await others.find(host, signal)),
  };
}
