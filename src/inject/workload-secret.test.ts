import { expect, test } from 'vitest';
import { workloadSecret, workloadSecretName } from './workload-secret.ts';

test('a workload’s Secret has its keys, the term’s floor and kdev’s mark', () => {
  const secret = workloadSecret({
    workload: { kind: 'Deployment', name: 'web' },
    namespace: 'shop',
    project: 'p',
    keys: { hostKey: 'h', hostPublicKey: 'hp', clientKey: 'c', authorizedKeys: 'a' },
    term: 3,
  });
  expect(secret.metadata).toEqual({
    name: 'kdev-deployment-web',
    namespace: 'shop',
    labels: { 'kdev.dev/managed': 'true', 'kdev.dev/project': 'p' },
  });
  const data = Object.entries(secret['data'] as Record<string, string>);
  expect(
    Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])),
  ).toEqual({
    'ssh-host-key': 'h',
    'ssh-host-key.pub': 'hp',
    'ssh-client-key': 'c',
    'authorized-keys': 'a',
    term: '3',
  });
});

test('workloads of one name and different kinds have different Secrets', () => {
  expect(workloadSecretName({ kind: 'Job', name: 'x' })).not.toBe(
    workloadSecretName({ kind: 'Pod', name: 'x' }),
  );
});
