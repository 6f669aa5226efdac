import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { Client } from 'ssh2';
import { beforeAll, describe, expect, it } from 'vitest';
import { podLayout } from '../../src/core/pod-layout.ts';
import type { Cluster, KubernetesObject } from '../../src/core/ports/cluster.ts';
import { imageNames } from '../../src/images/image-names.ts';
import { generateKeys, type SshKeys } from '../../src/transport/keys.ts';
import { freshNamespace, running, testCluster, until } from '../kubernetes/test-cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await testCluster();
});

interface Identity {
  readonly uid: number;
  readonly capabilities: object;
  readonly level: 'restricted' | 'baseline';
}

/** A pod with the sidecar alone, as the injection makes it for an app with that identity. */
function sidecarPod(namespace: string, { capabilities, level, uid }: Identity): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace },
    spec: {
      terminationGracePeriodSeconds: 120,
      shareProcessNamespace: true,
      securityContext: {
        runAsNonRoot: level === 'restricted',
        runAsUser: uid,
        runAsGroup: uid,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: podLayout.sidecarContainer,
          image: imageNames.sidecar,
          env: [{ name: 'KDEV_POD_CONFIG', value: JSON.stringify({ gateWaitMs: 1000, containers: {} }) }],
          securityContext: { allowPrivilegeEscalation: false, capabilities },
          volumeMounts: [
            { name: podLayout.sharedVolume, mountPath: podLayout.sharedDir },
            { name: podLayout.keysVolume, mountPath: podLayout.keysDir },
          ],
        },
      ],
      volumes: [
        { name: podLayout.sharedVolume, emptyDir: {} },
        {
          name: podLayout.keysVolume,
          secret: { secretName: 'keys', defaultMode: uid === 0 ? 0o400 : 0o444 },
        },
      ],
    },
  };
}

async function startSidecar(
  identity: Identity,
): Promise<{ readonly namespace: string; readonly keys: SshKeys }> {
  const namespace = await freshNamespace(cluster, { 'pod-security.kubernetes.io/enforce': identity.level });
  const keys = generateKeys();
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace },
    stringData: { 'ssh-host-key': keys.hostKey, 'authorized-keys': keys.authorizedKeys, term: '1' },
  });
  await cluster.create(sidecarPod(namespace, identity));
  await running(cluster, namespace, 'web');
  return { namespace, keys };
}

/** Tries until sshd listens: a pod runs a moment before its programs do. */
function logIn(namespace: string, key: string, username: string = podLayout.sshUser): Promise<Client> {
  return until(async () => {
    const stream = await cluster
      .portForward({ namespace, pod: 'web', port: podLayout.sshPort })
      .catch(() => undefined);
    if (!stream) return undefined;
    const client = new Client();
    const ended = new Promise<Error>((resolve) => client.once('error', resolve));
    client.connect({
      sock: stream,
      username,
      privateKey: key,
      algorithms: { cipher: ['aes128-gcm@openssh.com'] },
    });
    const outcome = await Promise.race([once(client, 'ready'), ended]);
    if (!(outcome instanceof Error)) return client;
    stream.destroy();
    if ('level' in outcome && outcome.level === 'client-authentication') throw outcome;
    return undefined;
  });
}

function openSubsystem(client: Client, name: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.subsys(name, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

function forward(client: Client, host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, host, port, (error, channel) =>
      error ? reject(error) : resolve(channel),
    );
  });
}

const restricted: Identity = { uid: 12_345, capabilities: { drop: ['ALL'] }, level: 'restricted' };
const rootful: Identity = {
  uid: 0,
  capabilities: { drop: ['ALL'], add: ['SYS_CHROOT', 'SETUID', 'SETGID'] },
  level: 'baseline',
};

describe('the sidecar’s image', () => {
  it.each([
    ['a uid without a passwd entry, under PodSecurity restricted', restricted],
    ['a uid below those of people', { ...restricted, uid: 101 }],
    ['root with three capabilities, under PodSecurity baseline', rootful],
  ])('reaches the agent through sshd as %s', async (_, identity) => {
    const { namespace, keys } = await startSidecar(identity);
    const client = await logIn(namespace, keys.clientKey);
    const channel = await openSubsystem(client, podLayout.sshSubsystem);
    // No hello: the agent answers that with a refusal, which is a frame all the same.
    channel.write(Buffer.from([0, 0, 0, 2, 0x7b, 0x7d]));
    const [answer] = (await once(channel, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toContain('refused');
    client.end();
  });

  it('lets nobody in without the key, and forwards to nothing but the pod’s loopback', async () => {
    const { namespace, keys } = await startSidecar(restricted);
    const client = await logIn(namespace, keys.clientKey);
    // RFC 4254, 5.1: 1 is administratively prohibited, 2 is connect failed.
    await expect(forward(client, '10.0.0.1', 80)).rejects.toMatchObject({ reason: 1 });
    await expect(forward(client, '127.0.0.1', 9)).rejects.toMatchObject({ reason: 2 });
    client.end();
    await expect(logIn(namespace, generateKeys().clientKey)).rejects.toThrow(/authentication/i);
    await expect(logIn(namespace, keys.clientKey, 'root')).rejects.toThrow(/authentication/i);
  });

  it('ends at once when it is asked to, not after the grace period', async () => {
    const { namespace, keys } = await startSidecar(restricted);
    (await logIn(namespace, keys.clientKey)).end();
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: 'web', namespace });
    const start = Date.now();
    await until(async () => {
      const pod = await cluster.get({ apiVersion: 'v1', kind: 'Pod', name: 'web', namespace });
      return pod === undefined || undefined;
    });
    // Far below the pod's grace period of 120 s; no measure of speed.
    expect(Date.now() - start).toBeLessThan(60_000);
  });
});
