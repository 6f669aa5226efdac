import { describe, expect, it } from 'vitest';
import { digestOwnSettings, ownDeployment } from './own-objects.ts';

const settings = { namespace: 'kdev-builder', image: 'kdev/registry:1', storage: 'claim' } as const;

describe('kdev’s own registry', () => {
  it('may run where PodSecurity is restricted', () => {
    const { template } = ownDeployment(settings)['spec'] as {
      template: { spec: { securityContext: object; containers: { securityContext: object }[] } };
    };
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(template.spec.containers[0]?.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('is another pod for other settings, and the same for the same', () => {
    expect(digestOwnSettings(settings)).toBe(digestOwnSettings({ ...settings }));
    expect(digestOwnSettings({ ...settings, image: 'kdev/registry:2' })).not.toBe(
      digestOwnSettings(settings),
    );
    expect(digestOwnSettings({ ...settings, storage: 'pod' })).not.toBe(digestOwnSettings(settings));
  });

  it('never has two pods on one volume', () => {
    expect(ownDeployment(settings)['spec']).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });
});
