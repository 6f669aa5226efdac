import { describe, expect, it } from 'vitest';
import {
  type BuilderSettings,
  builderName,
  builderObjects,
  digestSettings,
  keptByBuildkit,
} from './builder-objects.ts';
import { ownerOf } from './builder-owner.ts';
import { buildkitdConfig } from './buildkitd-config.ts';

const settings: BuilderSettings = {
  namespace: 'kdev-builder',
  owner: 'ann',
  cacheSize: '20Gi',
  image: 'docker.io/kdev/builder:1',
  buildkitd: '',
};

describe('builderObjects', () => {
  it('asks for no privilege but seccomp unconfined', () => {
    const text = JSON.stringify(builderObjects(settings));
    expect(text).toContain('"seccompProfile":{"type":"Unconfined"}');
    expect(text).not.toContain('"privileged":true');
    expect(text).not.toContain('"add":');
    expect(text).not.toContain('hostPath');
  });

  it('has equal digests for equal settings, and others for others', () => {
    expect(digestSettings({ ...settings })).toBe(digestSettings(settings));
    for (const other of [
      { image: 'x' },
      { owner: 'bob' },
      { cacheSize: '1Gi' },
      { volume: {} },
      { buildkitd: 'x' },
      { caBundle: 'x' },
    ]) {
      expect(digestSettings({ ...settings, ...other })).not.toBe(digestSettings(settings));
    }
  });

  it('keeps its cache on a volume where there is storage, and with the pod elsewhere', () => {
    const claims = (objects: readonly { readonly kind: string }[]) =>
      objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(claims(builderObjects(settings))).toEqual([]);
    expect(JSON.stringify(builderObjects(settings))).toContain('{"name":"state","emptyDir":{}}');
    const [claim] = claims(builderObjects({ ...settings, volume: { storageClass: 'fast' } }));
    expect(claim).toMatchObject({
      metadata: { name: 'kdev-builder-ann' },
      spec: { resources: { requests: { storage: '20Gi' } }, storageClassName: 'fast' },
    });
  });

  it('keeps less than the cache’s size', () => {
    expect(keptByBuildkit('20Gi')).toBe(15 * 2 ** 30);
    expect(
      buildkitdConfig(
        { registry: { fromHere: 'a', fromNodes: 'a', fromPods: 'a', plainHttp: true }, mirrors: [] },
        5,
      ),
    ).toContain('maxUsedSpace = 5\n');
  });

  it('gives each user a builder of a name of its own', () => {
    const names = [
      'ann@example.com',
      'ann.example.com',
      'system:serviceaccount:ci:deployer',
      'Ä',
      'x'.repeat(200),
    ].map((user) => builderName(ownerOf(user).label));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^kdev-builder-[a-z0-9-]{8,27}$/);
    expect(names[2]).toMatch(/^kdev-builder-ci-deployer-/);
  });

  it('trusts the given authorities in place of the image’s own', () => {
    const text = JSON.stringify(builderObjects({ ...settings, caBundle: 'PEM' }));
    expect(text).toContain('"SSL_CERT_FILE"');
    expect(text).toContain('"ca-certificates.crt":"PEM"');
  });
});

describe('buildkitdConfig', () => {
  const registry = { fromHere: 'a', fromNodes: 'b', fromPods: '10.0.0.2:5000', plainHttp: true };

  it('pulls docker.io through the mirror and pushes, both by plain http', () => {
    const text = buildkitdConfig({ registry, mirrors: ['10.0.0.2:5001'] }, 1e9);
    expect(text).toContain('[registry."docker.io"]\nmirrors = ["10.0.0.2:5001"]\n');
    expect(text).toContain('[registry."10.0.0.2:5001"]\nhttp = true\n');
    expect(text).toContain('[registry."10.0.0.2:5000"]\nhttp = true\n');
  });

  it('speaks TLS to a registry that is not plain', () => {
    expect(buildkitdConfig({ registry: { ...registry, plainHttp: false }, mirrors: [] }, 1e9)).not.toContain(
      'http',
    );
  });
});
