import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import type { KubernetesObject } from '../../src/core/ports/cluster.ts';
import { type FoundKubectl, findKubectl } from '../../src/demo/observer/find-kubectl.ts';
import { renderManifests } from '../../src/manifests/render-manifests.ts';

const root = path.resolve(import.meta.dirname, '../../examples/e2e-k8s-demo');

interface Workload {
  readonly replicas: number;
  readonly selector: { readonly matchLabels: Record<string, string> };
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: {
      readonly securityContext: Record<string, unknown>;
      readonly containers: readonly {
        readonly image: string;
        readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
        readonly securityContext: Record<string, unknown>;
      }[];
    };
  };
}

interface Rendered {
  readonly objects: readonly KubernetesObject[];
  readonly deployment: Workload;
}

let kubectl: FoundKubectl;
const rendered: Record<string, Rendered> = {};

beforeAll(async () => {
  kubectl = await findKubectl({ cacheDir: cacheRoot(process.env) });
  for (const name of ['local', 'production']) {
    const objects = await renderManifests({
      root,
      source: { type: 'kustomize', dir: `k8s/overlays/${name}` },
      namespace: 'demo',
      project: 'e2e-k8s-demo',
      kustomize: async () => ({ command: [kubectl.binary, 'kustomize'] }),
    });
    const deployment = objects.find(({ kind }) => kind === 'Deployment')?.['spec'] as Workload;
    rendered[name] = { objects, deployment };
  }
});

afterAll(() => kubectl.discard());

describe.each(['local', 'production'])('the overlay %s', (name) => {
  const overlay = (): Rendered => rendered[name] as Rendered;

  test('runs one container of the image called adder', () => {
    const images = overlay().deployment.template.spec.containers.map(({ image }) => image.split(':')[0]);
    expect(images).toEqual(['adder']);
  });

  test('is what PodSecurity "restricted" asks for, with a user that a kubelet can check', () => {
    const { securityContext, containers } = overlay().deployment.template.spec;
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const container of containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  test('has a Service that finds the pods and their port', () => {
    const service = overlay().objects.find(({ kind }) => kind === 'Service')?.['spec'] as {
      readonly selector: Record<string, string>;
      readonly ports: readonly { readonly targetPort: string }[];
    };
    const { selector, template } = overlay().deployment;
    expect(template.metadata.labels).toMatchObject(service.selector);
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(template.spec.containers[0]?.ports).toEqual([
      { name: service.ports[0]?.targetPort, containerPort: 8080 },
    ]);
  });
});

test('two replicas locally, so that what works with one only is seen', () => {
  expect(rendered['local']?.deployment.replicas).toBe(2);
});

test('production has a replica to spare for a drained node', () => {
  const budget = rendered['production']?.objects.find(({ kind }) => kind === 'PodDisruptionBudget');
  const spec = budget?.['spec'] as { readonly minAvailable: number } | undefined;
  expect(rendered['production']?.deployment.replicas).toBe(3);
  expect(spec?.minAvailable).toBe(2);
});

test('production names the version that it runs', () => {
  expect(rendered['production']?.deployment.template.spec.containers[0]?.image).toMatch(/^adder[:@].+/);
});
