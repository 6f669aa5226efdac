import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../core/ports/cluster.ts';

/** Of every object of kdev's own registry. */
export const ownName = 'kdev-registry';
const ownContainer = 'registry';
export const ownPort = 5000;
/** Label of a registry pod: which settings it was made with. */
export const ownSettingsLabel = 'kdev.dev/registry-settings';
/** Keys of its Secret, which are the users too. */
export const ownUsers = { push: 'push', pull: 'pull' } as const;

const dataDir = '/var/lib/kdev-registry';
const passwordsDir = '/etc/kdev-registry';
/** User and group: nobody on the node. */
const ownId = 65532;

export interface OwnSettings {
  readonly namespace: string;
  /** kdev's registry image. */
  readonly image: string;
  /** Where images lie: in a volume of a claim of its name, or with the pod. */
  readonly storage: 'claim' | 'pod';
}

const appLabels = { 'app.kubernetes.io/name': ownName };
const labels = { ...appLabels, 'kdev.dev/managed': 'registry' };

/** Equal settings, equal digest: a pod that carries it need not be touched. */
export function digestOwnSettings(settings: OwnSettings): string {
  const { metadata: _, ...deployment } = ownDeployment(settings, '');
  return createHash('sha256').update(JSON.stringify(deployment)).digest('hex').slice(0, 32);
}

/** The claim is made once and then left alone: volumes do not shrink, and nobody wants to lose one. */
export function ownClaim(namespace: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: ownName, namespace, labels },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } },
  };
}

/** Made once: nodes and pods hold the passwords. */
export function ownSecret(
  namespace: string,
  passwords: Readonly<Record<'push' | 'pull', string>>,
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: ownName, namespace, labels },
    type: 'Opaque',
    data: {
      [ownUsers.push]: Buffer.from(passwords.push).toString('base64'),
      [ownUsers.pull]: Buffer.from(passwords.pull).toString('base64'),
    },
  };
}

/** Builders reach it by its name, nodes on their own loopback by the node port that the cluster chooses once. */
export function ownService(namespace: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: ownName, namespace, labels },
    spec: {
      type: 'NodePort',
      selector: appLabels,
      ports: [{ name: 'registry', port: ownPort, targetPort: ownPort, protocol: 'TCP' }],
    },
  };
}

export function ownDeployment(
  settings: OwnSettings,
  digest: string = digestOwnSettings(settings),
): KubernetesObject {
  const { namespace } = settings;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: ownName, namespace, labels },
    spec: {
      replicas: 1,
      // Two pods must never write one volume.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: appLabels },
      template: {
        metadata: { labels: { ...labels, [ownSettingsLabel]: digest } },
        spec: podSpec(settings),
      },
    },
  };
}

function podSpec({ image, storage }: OwnSettings): Record<string, unknown> {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 10,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: ownId,
      runAsGroup: ownId,
      fsGroup: ownId,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: ownContainer,
        image,
        imagePullPolicy: 'IfNotPresent',
        ports: [{ name: 'registry', containerPort: ownPort, protocol: 'TCP' }],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        readinessProbe: {
          httpGet: { path: '/healthz', port: ownPort },
          periodSeconds: 1,
          failureThreshold: 3,
        },
        resources: { requests: { cpu: '20m', memory: '64Mi' } },
        volumeMounts: [
          { name: 'images', mountPath: dataDir },
          { name: 'passwords', mountPath: passwordsDir, readOnly: true },
        ],
      },
    ],
    volumes: [
      {
        name: 'images',
        ...(storage === 'claim' ? { persistentVolumeClaim: { claimName: ownName } } : { emptyDir: {} }),
      },
      { name: 'passwords', secret: { secretName: ownName } },
    ],
  };
}
