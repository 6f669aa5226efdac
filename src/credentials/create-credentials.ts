import type { RegistryCredentials, RegistryLogin } from '../core/ports/registry-credentials.ts';
import { askHelper } from './credential-helper.ts';
import {
  canonicalHost,
  type DockerConfig,
  hostOfKey,
  hubKey,
  loginIn,
  readDockerConfig,
} from './docker-config.ts';

export interface CredentialsOptions {
  /** For `DOCKER_CONFIG`, and for the helpers. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home directory. */
  readonly home: string;
  /** What the app's pods pull with; asked once a build has something to pull that the person has no login for. */
  readonly pullSecrets?: () => Promise<readonly DockerConfig[]>;
}

/**
 * Who to be at a registry: what the person's Docker configuration says, by helper or in itself, as Docker reads it;
 * else what the namespace's pull secrets say.
 */
export function createCredentials(options: CredentialsOptions): RegistryCredentials {
  const { env, home, pullSecrets } = options;
  return {
    find: async (host, signal) => {
      const config = await readDockerConfig(options);
      const own = await ownLogin({ config, host, env, home, signal });
      if (own || !pullSecrets) return own;
      for (const each of await pullSecrets()) {
        const found = loginIn(each, host);
        if (found) return found;
      }
      return undefined;
    },
  };
}

/** A helper that is named for the host, then the one for all hosts, then the configuration itself. */
async function ownLogin(options: {
  readonly config: DockerConfig;
  readonly host: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly signal: AbortSignal | undefined;
}): Promise<RegistryLogin | undefined> {
  const { config, env, host, signal } = options;
  const canonical = canonicalHost(host);
  const named = Object.entries(config.credHelpers ?? {}).find(([key]) => hostOfKey(key) === canonical);
  const helper = named?.[1] ?? config.credsStore;
  if (!helper) return loginIn(config, host);
  const server = canonical === 'docker.io' ? hubKey : (named?.[0] ?? host);
  return askHelper({ helper, server, env, signal });
}
