import { describe, expect, it } from 'vitest';
import { originOf } from './config-origin.ts';
import { defineConfig } from './define-config.ts';

describe('defineConfig', () => {
  it('gives back what it was given, and remembers who called it where nobody sees it', () => {
    const config = defineConfig({ manifests: 'k8s', services: { adder: { ports: [8080] } } });
    expect(config).toEqual({ manifests: 'k8s', services: { adder: { ports: [8080] } } });
    expect(Object.keys(config)).toEqual(['manifests', 'services']);
    expect(originOf(config)[0]).toBe(import.meta.filename);
  });

  it('lets the compiler find a dependency that is no service, a wrong key and a wrong value', () => {
    defineConfig({ manifests: 'k8s', services: { web: { dependsOn: ['api'] }, api: {} } });
    // @ts-expect-error there is no service called "db"
    defineConfig({ manifests: 'k8s', services: { web: { dependsOn: ['db'] }, api: {} } });
    // @ts-expect-error the key is called "sync"
    defineConfig({ manifests: 'k8s', services: { web: { sinc: {} } } });
    // @ts-expect-error only "hold", "restart" and "exit"
    defineConfig({ manifests: 'k8s', services: { web: { onCrash: 'stop' } } });
    // @ts-expect-error services are required
    defineConfig({ manifests: 'k8s' });
  });

  it('takes a plain object for one without an origin', () => {
    expect(originOf({ services: {} })).toEqual([]);
    expect(originOf(undefined)).toEqual([]);
  });
});
