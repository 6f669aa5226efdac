import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { createCredentials } from './create-credentials.ts';
import type { DockerConfig } from './docker-config.ts';
import { readPullSecrets } from './pull-secrets.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'kdev-credentials-'));
  await mkdir(path.join(home, '.docker'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const basic = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString('base64');

const write = (config: unknown, file = '.docker/config.json') =>
  writeFile(path.join(home, file), typeof config === 'string' ? config : JSON.stringify(config));

/** A real program on the PATH that speaks the protocol of credential helpers. */
async function makeHelper(name: string, script: string): Promise<void> {
  const file = path.join(home, `docker-credential-${name}`);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

const credentials = (options: { env?: object; pullSecrets?: readonly DockerConfig[] } = {}) =>
  createCredentials({
    env: { PATH: `${home}:${process.env['PATH']}`, ...options.env },
    home,
    ...(options.pullSecrets && { pullSecrets: async () => options.pullSecrets ?? [] }),
  });

describe('credentials for registries', () => {
  it('are nobody’s where there is no configuration of Docker', async () => {
    await rm(path.join(home, '.docker'), { recursive: true });
    expect(await credentials().find('ghcr.io')).toBeUndefined();
  });

  it.each<[title: string, host: string, config: object, expected: object | undefined]>([
    [
      'by host',
      'ghcr.io',
      { auths: { 'ghcr.io': { auth: basic('ann', 'a:b') } } },
      { username: 'ann', password: 'a:b' },
    ],
    [
      'by an address',
      'ghcr.io',
      { auths: { 'https://ghcr.io/v2/': { auth: basic('ann', 'x') } } },
      { username: 'ann', password: 'x' },
    ],
    [
      'with a port',
      'localhost:5000',
      { auths: { 'localhost:5000': { username: 'ann', password: 'x' } } },
      { username: 'ann', password: 'x' },
    ],
    [
      'not with another port',
      'localhost:5001',
      { auths: { 'localhost:5000': { username: 'ann', password: 'x' } } },
      undefined,
    ],
    [
      'for Docker Hub',
      'docker.io',
      { auths: { 'https://index.docker.io/v1/': { auth: basic('ann', 'x') } } },
      { username: 'ann', password: 'x' },
    ],
    [
      'for Docker Hub by its other name',
      'registry-1.docker.io',
      { auths: { 'docker.io': { auth: basic('ann', 'x') } } },
      { username: 'ann', password: 'x' },
    ],
    [
      'as a token',
      'x.azurecr.io',
      { auths: { 'x.azurecr.io': { auth: basic('0', ''), identitytoken: 'token' } } },
      { identityToken: 'token' },
    ],
    ['not from an empty entry', 'ghcr.io', { auths: { 'ghcr.io': {} } }, undefined],
  ])('are read from the configuration: %s', async (_, host, config, expected) => {
    await write(config);
    expect(await credentials().find(host)).toEqual(expected);
  });

  it('are read where DOCKER_CONFIG says', async () => {
    await mkdir(path.join(home, 'other'));
    await write({ auths: { 'ghcr.io': { auth: basic('other', 'x') } } }, 'other/config.json');
    const found = await credentials({ env: { DOCKER_CONFIG: path.join(home, 'other') } }).find('ghcr.io');
    expect(found).toEqual({ username: 'other', password: 'x' });
  });

  it('come from the helper of the host, which reads the host on its input', async () => {
    await write({ credHelpers: { 'ghcr.io': 'mine' }, credsStore: 'none', auths: { 'ghcr.io': {} } });
    await makeHelper(
      'mine',
      `[ "$1" = get ] || exit 1; cat > ${home}/asked; echo '{"Username":"ann","Secret":"s"}'`,
    );
    expect(await credentials().find('ghcr.io')).toEqual({ username: 'ann', password: 's' });
    expect((await readFile(path.join(home, 'asked'), 'utf8')).trim()).toBe('ghcr.io');
  });

  it('come from the store of all hosts, which knows Docker Hub by its old address', async () => {
    await write({ credsStore: 'mine' });
    await makeHelper('mine', `cat > ${home}/asked; echo '{"Username":"<token>","Secret":"s"}'`);
    expect(await credentials().find('docker.io')).toEqual({ identityToken: 's' });
    expect((await readFile(path.join(home, 'asked'), 'utf8')).trim()).toBe('https://index.docker.io/v1/');
  });

  it('are nobody’s where the helper knows none', async () => {
    await write({ credsStore: 'mine' });
    await makeHelper('mine', 'echo "credentials not found in native keychain"; exit 1');
    expect(await credentials().find('ghcr.io')).toBeUndefined();
  });

  it.each<[title: string, script: string | undefined, why: RegExp]>([
    ['is missing', undefined, /ENOENT/],
    ['fails', 'echo the key ring is locked >&2; exit 1', /the key ring is locked/],
    ['prints something else', 'echo secret-word', /did not print/],
  ])('say which helper %s', async (_, script, why) => {
    await write({ credsStore: 'mine' });
    if (script !== undefined) await makeHelper('mine', script);
    const failure = credentials().find('ghcr.io');
    await expect(failure).rejects.toMatchObject({
      code: 'registry-credentials-failed',
      fault: 'environment',
      why: expect.stringMatching(why),
    });
    await expect(failure).rejects.not.toMatchObject({ why: expect.stringContaining('secret-word') });
  });

  it('say that the configuration is no JSON', async () => {
    await write('{');
    await expect(credentials().find('ghcr.io')).rejects.toMatchObject({
      code: 'docker-config-invalid',
      where: path.join(home, '.docker/config.json'),
    });
  });

  it('come from the namespace’s pull secrets where the person has none', async () => {
    await write({ auths: { 'ghcr.io': { auth: basic('own', 'x') } } });
    const secret = (data: object): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      data,
    });
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
    const login = (user: string) => ({ auth: basic(user, 'x') });
    const objects: Record<string, KubernetesObject> = {
      'ServiceAccount/default': {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default' },
        imagePullSecrets: [{ name: 'account' }, { name: 'gone' }],
      },
      'Secret/account': secret({
        '.dockerconfigjson': encoded({ auths: { 'ghcr.io': login('account'), 'quay.io': login('account') } }),
      }),
      'Secret/pod': secret({ '.dockercfg': encoded({ 'gcr.io': login('pod') }) }),
    };
    const pullSecrets = await readPullSecrets({
      cluster: {
        get: async ({ kind, name }) => objects[`${kind}/${name}`],
        list: async () => [objects['Secret/pod'] as KubernetesObject],
      },
      namespace: 'shop',
    });
    const all = credentials({ pullSecrets });
    expect(await Promise.all(['ghcr.io', 'quay.io', 'gcr.io', 'x.io'].map((host) => all.find(host)))).toEqual(
      [
        { username: 'own', password: 'x' },
        { username: 'account', password: 'x' },
        { username: 'pod', password: 'x' },
        undefined,
      ],
    );
  });
});
