import { describe, expect, it } from 'vitest';
import { type BuilderSettings, builderObjects, digestSettings } from './builder-objects.ts';
import { buildkitdConfig } from './buildkitd-config.ts';

const settings: BuilderSettings = {
  namespace: 'kdev-builder',
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
    for (const other of [{ image: 'x' }, { buildkitd: 'x' }, { caBundle: 'x' }]) {
      expect(digestSettings({ ...settings, ...other })).not.toBe(digestSettings(settings));
    }
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
    const text = buildkitdConfig({ registry, mirrors: ['10.0.0.2:5001'] });
    expect(text).toContain('[registry."docker.io"]\nmirrors = ["10.0.0.2:5001"]\n');
    expect(text).toContain('[registry."10.0.0.2:5001"]\nhttp = true\n');
    expect(text).toContain('[registry."10.0.0.2:5000"]\nhttp = true\n');
  });

  it('speaks TLS to a registry that is not plain', () => {
    expect(buildkitdConfig({ registry: { ...registry, plainHttp: false }, mirrors: [] })).not.toContain(
      'http',
    );
  });
});
