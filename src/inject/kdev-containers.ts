import { type PodConfig, podConfigEnv, podLayout } from '../core/pod-layout.ts';
import { literal } from './literal.ts';
import type { Container, ContainerSecurity, Named } from './pod-template.ts';

const helperResources = { requests: { cpu: '10m', memory: '16Mi' } };

const sharedMount = { name: podLayout.sharedVolume, mountPath: podLayout.sharedDir };
const codeMount = { name: podLayout.codeVolume, mountPath: podLayout.codeDir };

/** Puts the restarter where every container of the pod finds it. */
export function installContainer(image: string, security: ContainerSecurity): Container {
  return {
    name: podLayout.installContainer,
    image,
    imagePullPolicy: 'IfNotPresent',
    args: ['install', '/kdev/bin'],
    securityContext: security,
    resources: helperResources,
    volumeMounts: [sharedMount],
  };
}

/** Copies the mapped directories of the app's image onto the code volume, as the app's own user. */
export function fillContainer(
  app: Container,
  index: number,
  volumes: readonly { readonly path: string; readonly dir: string }[],
): Container {
  return {
    name: index === 0 ? podLayout.fillContainer : `${podLayout.fillContainer}-${index + 1}`,
    ...(app.image !== undefined && { image: app.image }),
    ...(app.imagePullPolicy !== undefined && { imagePullPolicy: app.imagePullPolicy }),
    command: [
      podLayout.restarterBinary,
      'fill',
      '--readable',
      ...volumes.flatMap(({ path, dir }) => [literal(path), dir]),
    ],
    ...(app.securityContext && { securityContext: app.securityContext }),
    resources: helperResources,
    volumeMounts: [sharedMount, codeMount],
  };
}

/** A native sidecar: it starts before the apps and outlives them. Ready while every gate is open and every app runs. */
export function sidecarContainer(options: {
  readonly image: string;
  readonly security: ContainerSecurity;
  readonly podConfig: PodConfig;
  readonly withCode: boolean;
}): Container {
  return {
    name: podLayout.sidecarContainer,
    image: options.image,
    imagePullPolicy: 'IfNotPresent',
    restartPolicy: 'Always',
    env: [{ name: podConfigEnv, value: literal(JSON.stringify(options.podConfig)) }],
    securityContext: options.security,
    resources: { requests: { cpu: '10m', memory: '48Mi' } },
    readinessProbe: {
      exec: { command: [podLayout.restarterBinary, 'ready', podLayout.readyFile] },
      periodSeconds: 1,
      timeoutSeconds: 5,
      failureThreshold: 1,
    },
    volumeMounts: [
      sharedMount,
      ...(options.withCode ? [codeMount] : []),
      { name: podLayout.keysVolume, mountPath: podLayout.keysDir, readOnly: true },
    ],
  };
}

/**
 * The pod's volumes of kdev's. A root sidecar owns the key files and sshd wants them private then; any other reads
 * them as a stranger.
 */
export function kdevVolumes(options: {
  readonly secretName: string;
  readonly secretItems: readonly string[];
  readonly privateKeys: boolean;
  readonly withCode: boolean;
}): readonly Named[] {
  return [
    { name: podLayout.sharedVolume, emptyDir: {} },
    ...(options.withCode ? [{ name: podLayout.codeVolume, emptyDir: {} }] : []),
    {
      name: podLayout.keysVolume,
      secret: {
        secretName: options.secretName,
        defaultMode: options.privateKeys ? 0o400 : 0o444,
        items: options.secretItems.map((key) => ({ key, path: key })),
      },
    },
  ];
}
