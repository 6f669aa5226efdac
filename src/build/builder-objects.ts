import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../core/ports/cluster.ts';

export const builderName = 'kdev-builder';
export const builderContainer = 'buildkitd';
/** Label of a builder pod: which settings it was made with. */
export const settingsLabel = 'kdev.dev/builder-settings';

const stateDir = '/var/lib/kdev-builder';
const builderId = 1000;

export interface BuilderSettings {
  readonly namespace: string;
  /** kdev's builder image. */
  readonly image: string;
  /** Text of buildkitd.toml. */
  readonly buildkitd: string;
  /** PEM text of the authorities that registries are trusted by, in place of the image's own. */
  readonly caBundle?: string | undefined;
}

/** Equal settings, equal digest: a builder pod that carries it need not be touched. */
export function digestSettings(settings: BuilderSettings): string {
  return createHash('sha256')
    .update(JSON.stringify(builderObjects(settings, '')))
    .digest('hex')
    .slice(0, 32);
}

/**
 * The builder: BuildKit without root in an unprivileged pod of a namespace of its own. It needs seccomp unconfined
 * and file capabilities, which the PodSecurity level `baseline` forbids, so the namespace says `privileged`.
 */
export function builderObjects(
  settings: BuilderSettings,
  digest: string = digestSettings(settings),
): readonly [namespace: KubernetesObject, ...others: KubernetesObject[]] {
  const { caBundle, namespace } = settings;
  const labels = { 'app.kubernetes.io/name': builderName, 'kdev.dev/managed': 'builder' };
  const metadata = { name: builderName, namespace, labels };
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: { 'kdev.dev/managed': 'builder', 'pod-security.kubernetes.io/enforce': 'privileged' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: {
        'buildkitd.toml': settings.buildkitd,
        ...(caBundle ? { 'ca-certificates.crt': caBundle } : {}),
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: { 'app.kubernetes.io/name': builderName } },
        template: {
          metadata: {
            labels: { ...labels, [settingsLabel]: digest },
            // Mounting inside its own namespaces is what containerd's AppArmor profile forbids.
            annotations: {
              [`container.apparmor.security.beta.kubernetes.io/${builderContainer}`]: 'unconfined',
            },
          },
          spec: podSpec(settings),
        },
      },
    },
  ];
}

function podSpec({ caBundle, image }: BuilderSettings): Record<string, unknown> {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // The first process of a pod's shared namespace reaps what cancelled builds leave; rootlesskit does not.
    shareProcessNamespace: true,
    terminationGracePeriodSeconds: 5,
    securityContext: {
      runAsUser: builderId,
      runAsGroup: builderId,
      fsGroup: builderId,
      seccompProfile: { type: 'Unconfined' },
    },
    containers: [
      {
        name: builderContainer,
        image,
        imagePullPolicy: 'IfNotPresent',
        env: caBundle ? [{ name: 'SSL_CERT_FILE', value: '/etc/buildkit/ca-certificates.crt' }] : [],
        readinessProbe: {
          exec: { command: ['/usr/bin/kdev-build', 'ready'] },
          periodSeconds: 1,
          timeoutSeconds: 5,
          failureThreshold: 30,
        },
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        volumeMounts: [
          { name: 'state', mountPath: stateDir },
          { name: 'config', mountPath: '/etc/buildkit', readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: 'state', emptyDir: {} },
      { name: 'config', configMap: { name: builderName } },
    ],
  };
}
