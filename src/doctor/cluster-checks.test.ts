import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { checkServer } from './cluster-checks.ts';
import { checkAppNamespace, checkBuilderNamespace } from './namespaces.ts';

describe('the API server', () => {
  const look = async (answer: { version: string; aheadMs?: number }) => {
    const findings = await checkServer({ context: 'shop', server: 'https://x', check: async () => answer });
    return Object.fromEntries(findings.map(({ check, status }) => [check, status]));
  };

  it.each([
    ['v1.34.4', 'ok'],
    ['v1.28.2-gke.10', 'warn'],
    ['v1.24.0', 'fail'],
    ['unknown', 'warn'],
  ])('of version %s is %s', async (version, status) => {
    expect(await look({ version, aheadMs: 0 })).toMatchObject({ 'cluster-version': status });
  });

  it.each([
    [400, 'ok'],
    [-31_000, 'warn'],
    [3_600_000, 'warn'],
    [undefined, 'skipped'],
  ])('whose clock is %s ms ahead is %s', async (aheadMs, status) => {
    const answer = { version: 'v1.34.4', ...(aheadMs !== undefined && { aheadMs }) };
    expect(await look(answer)).toMatchObject({ clock: status });
  });
});

describe('a namespace', () => {
  const cluster = (metadata?: Partial<KubernetesObject['metadata']>) => ({
    get: async () =>
      metadata && { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', ...metadata } },
  });
  const level = (value: string) => ({ labels: { 'pod-security.kubernetes.io/enforce': value } });
  const yes = async (): Promise<boolean> => true;
  const no = async (): Promise<boolean> => false;

  it('for the app may be restricted, but has to be there, or may be made', async () => {
    expect(await checkAppNamespace(cluster(level('restricted')), 'shop', no)).toMatchObject({
      status: 'ok',
      says: expect.stringContaining('PodSecurity restricted'),
    });
    expect(await checkAppNamespace(cluster(), 'shop', yes)).toMatchObject({ status: 'ok' });
    expect(await checkAppNamespace(cluster(), 'shop', no)).toMatchObject({ status: 'fail' });
    const going = cluster({ deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(await checkAppNamespace(going, 'shop', yes)).toMatchObject({ status: 'fail' });
  });

  it.each(['baseline', 'restricted'])('for builders may not enforce %s', async (value) => {
    expect(await checkBuilderNamespace(cluster(level(value)), 'shop', yes, 'yaml')).toMatchObject({
      status: 'fail',
      cure: expect.stringContaining('enforce=privileged'),
    });
  });

  it('for builders that is not there comes with the manifest for whoever may make it', async () => {
    expect(await checkBuilderNamespace(cluster(), 'shop', no, 'yaml')).toMatchObject({
      status: 'fail',
      manifest: 'yaml',
    });
    expect(await checkBuilderNamespace(cluster(), 'shop', yes, 'yaml')).toMatchObject({ status: 'ok' });
    expect(await checkBuilderNamespace(cluster({}), 'shop', no, 'yaml')).toMatchObject({ status: 'ok' });
  });
});
