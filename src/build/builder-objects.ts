import { createHash } from 'node:crypto';
import { kdevNamespace } from '../core/kdev-namespace.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { type BuilderVolume, bytesOf } from './builder-storage.ts';

export const builderContainer = 'buildkitd';
/** Label of a builder pod: which settings it was made with. */
export const settingsLabel = 'kdev.dev/builder-settings';
/** Label of all that belongs to builders, and of that of one owner. */
const builderLabels = { 'app.kubernetes.io/name': 'kdev-builder', 'kdev.dev/managed': 'builder' };
const ownerLabel = 'kdev.dev/builder-owner';

const stateDir = '/var/lib/kdev-builder';
const builderId = 1000;
/** Of the cache's size, what BuildKit may fill and what the contexts may; the rest is for what is being made. */
const buildkitShare = 0.75;
const contextShare = 0.1;

export interface BuilderSettings {
  readonly namespace: string;
  /** Label of whose builder it is, see `builder-owner.ts`. */
  readonly owner: string;
  /** kdev's builder image. */
  readonly image: string;
  /** Text of buildkitd.toml. */
  readonly buildkitd: string;
  /** As Kubernetes writes quantities: `20Gi`. */
  readonly cacheSize: string;
  /** Absent = the cache goes with the pod. */
  readonly volume?: BuilderVolume | undefined;
  /** PEM text of the authorities that registries are trusted by, in place of the image's own. */
  readonly caBundle?: string | undefined;
}

/** Of a builder's Deployment, ConfigMap and volume claim. */
export function builderName(owner: string): string {
  return `kdev-builder-${owner}`;
}

/** How many bytes BuildKit may keep of a cache of that size. */
export function keptByBuildkit(cacheSize: string): number {
  return Math.floor(bytesOf(cacheSize) * buildkitShare);
}

/** Equal settings, equal digest: a builder pod that carries it need not be touched. */
export function digestSettings(settings: BuilderSettings): string {
  return createHash('sha256')
    .update(JSON.stringify(builderObjects(settings, '')))
    .digest('hex')
    .slice(0, 32);
}

/** The builder: BuildKit without root in an unprivileged pod of a namespace of its own. */
export function builderObjects(
  settings: BuilderSettings,
  digest: string = digestSettings(settings),
): readonly [namespace: KubernetesObject, ...others: KubernetesObject[]] {
  const { caBundle, cacheSize, namespace, owner, volume } = settings;
  const labels = { ...builderLabels, [ownerLabel]: owner };
  const metadata = { name: builderName(owner), namespace, labels };
  const claim: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata,
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: cacheSize } },
      ...(volume?.storageClass !== undefined && { storageClassName: volume.storageClass }),
    },
  };
  return [
    kdevNamespace(namespace),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: {
        'buildkitd.toml': settings.buildkitd,
        ...(caBundle ? { 'ca-certificates.crt': caBundle } : {}),
      },
    },
    ...(volume ? [claim] : []),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        // Two pods must not work on one cache.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
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

function podSpec({ caBundle, cacheSize, image, owner, volume }: BuilderSettings): Record<string, unknown> {
  const name = builderName(owner);
  const env = [
    { name: 'KDEV_CONTEXT_BYTES', value: String(Math.floor(bytesOf(cacheSize) * contextShare)) },
    ...(caBundle ? [{ name: 'SSL_CERT_FILE', value: '/etc/buildkit/ca-certificates.crt' }] : []),
  ];
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
      // The owners of files in layers are not to be changed with each new pod.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'Unconfined' },
    },
    containers: [
      {
        name: builderContainer,
        image,
        imagePullPolicy: 'IfNotPresent',
        env,
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
      { name: 'state', ...(volume ? { persistentVolumeClaim: { claimName: name } } : { emptyDir: {} }) },
      { name: 'config', configMap: { name } },
    ],
  };
}
