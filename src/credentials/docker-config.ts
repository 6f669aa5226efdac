import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KdevError, messageOf } from '../core/error.ts';
import type { RegistryLogin } from '../core/ports/registry-credentials.ts';

/** What counts of `~/.docker/config.json`, and of a Secret of type `kubernetes.io/dockerconfigjson`. */
export interface DockerConfig {
  readonly auths?: Readonly<Record<string, DockerAuth | null>>;
  /** Name of a credential helper by host. */
  readonly credHelpers?: Readonly<Record<string, string>>;
  /** Of the helper for all other hosts. */
  readonly credsStore?: string;
}

interface DockerAuth {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** The key that Docker Hub has in such files, for historical reasons. */
export const hubKey = 'https://index.docker.io/v1/';

/**
 * The person's own; empty where there is none.
 *
 * @throws KdevError `docker-config-invalid`
 */
export async function readDockerConfig(options: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}): Promise<DockerConfig> {
  const { env, home } = options;
  const file = path.join(env['DOCKER_CONFIG'] || path.join(home, '.docker'), 'config.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    // Nobody has logged in, or somebody else's home: nothing is known.
    return {};
  }
  try {
    return JSON.parse(text) as DockerConfig;
  } catch (cause) {
    throw new KdevError({
      code: 'docker-config-invalid',
      fault: 'user',
      what: `${file} is no JSON, so the credentials for registries cannot be read.`,
      why: messageOf(cause),
      cure: 'Correct it, or move it away and log in again with docker login.',
      where: file,
      cause,
    });
  }
}

/** What a configuration holds itself for a host, without its helpers. */
export function loginIn(config: DockerConfig, host: string): RegistryLogin | undefined {
  for (const [key, auth] of Object.entries(config.auths ?? {})) {
    if (auth === null || hostOfKey(key) !== canonicalHost(host)) continue;
    if (auth.identitytoken) return { identityToken: auth.identitytoken };
    const [username, password] = auth.auth ? splitAuth(auth.auth) : [auth.username, auth.password];
    if (username) return { username, password: password ?? '' };
  }
  return undefined;
}

/** `docker.io` for each of Docker Hub's names. */
export function canonicalHost(host: string): string {
  const plain = host.toLowerCase();
  return /^(?:(?:index|registry-1|registry)\.)?docker\.io$/.test(plain) ? 'docker.io' : plain;
}

/** Keys may be whole addresses: `https://index.docker.io/v1/`, `https://ghcr.io`. */
export function hostOfKey(key: string): string {
  return canonicalHost(key.replace(/^https?:\/\//, '').replace(/\/.*$/, ''));
}

function splitAuth(auth: string): [username: string, password: string] {
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  return colon === -1 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
