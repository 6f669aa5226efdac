/**
 * Names and paths inside a pod that kdev prepared. The injection writes them, the agent, the restarter and the
 * sidecar's image rely on them; docs/pod.md tells their story.
 */
export const podLayout = {
  /** emptyDir shared by the sidecar and every app container that kdev manages. */
  sharedVolume: 'kdev',
  sharedDir: '/kdev',
  restarterBinary: '/kdev/bin/restarter',
  /** The agent listens here for sessions; sshd's subsystem relays to it. */
  agentSocket: '/kdev/run/agent.sock',
  /** The agent listens here for restarters. */
  restarterSocket: '/kdev/run/restarter.sock',
  /** Exists while every gate is open and every app runs; the sidecar's readiness probe looks for it. */
  readyFile: '/kdev/run/ready',
  journalDir: '/kdev/journal',

  /** emptyDir that holds mapped directories in volume mode: `<container>/<n>`; the sidecar mounts it whole. */
  codeVolume: 'kdev-code',
  codeDir: '/kdev-code',
  /** Where the agent stages in volume mode: same file system, outside every mounted sub-directory. */
  codeStagingDir: '/kdev-code/.staging',

  /** Secret of the workload, mounted in the sidecar only. */
  keysVolume: 'kdev-keys',
  keysDir: '/kdev-keys',
  hostKeyFile: '/kdev-keys/ssh-host-key',
  authorizedKeysFile: '/kdev-keys/authorized-keys',
  termFile: '/kdev-keys/term',

  installContainer: 'kdev-install',
  fillContainer: 'kdev-fill',
  sidecarContainer: 'kdev-sidecar',

  sshPort: 2222,
  sshUser: 'kdev',
  sshSubsystem: 'kdev-agent',
} as const;

/** Keys of the Secret that each workload has; only the first three are mounted into the pod. */
export const secretKeys = {
  hostKey: 'ssh-host-key',
  authorizedKeys: 'authorized-keys',
  /** Decimal floor of the session terms that an agent born from now on may obey. */
  term: 'term',
  hostPublicKey: 'ssh-host-key.pub',
  clientKey: 'ssh-client-key',
} as const;

/** Environment of the app container, read by the restarter. */
export const restarterEnv = {
  container: 'KDEV_CONTAINER',
  /** `hold` (default), `restart` (with backoff) or `exit`. */
  onCrash: 'KDEV_ON_CRASH',
} as const;

/** Environment of the sidecar; its value is the JSON of a `PodConfig`. */
export const podConfigEnv = 'KDEV_POD_CONFIG';

/** What the agent must know before any session talks to it. */
export interface PodConfig {
  /** How long a pod without session and journal holds its gate, ms. */
  readonly gateWaitMs: number;
  /** By container name: the app containers that start under the restarter. */
  readonly containers: Readonly<Record<string, PodContainer>>;
}

export interface PodContainer {
  /** Directories served from the code volume: the path in the app container and where the sidecar sees it. */
  readonly volumes: readonly { readonly path: string; readonly dir: string }[];
}

export const labels = {
  /** On everything kdev makes or injects. */
  managedBy: 'kdev.dev/managed',
  project: 'kdev.dev/project',
  service: 'kdev.dev/service',
} as const;

export const annotations = {
  /** On an injected pod template: JSON list of the service names it carries. */
  services: 'kdev.dev/services',
  /** What was learned about a container (ids, entry point, writability), JSON by container name. */
  learned: 'kdev.dev/learned',
  /** The original of a workload that was there before kdev, JSON. */
  original: 'kdev.dev/original',
  /** On an injected workload: what injection replaced in it, JSON, so that it can be taken back exactly. */
  undo: 'kdev.dev/undo',
  /** What kdev's builds made, by container: JSON of reference, inputs, rules and config. */
  images: 'kdev.dev/images',
  /** On a pod template: when somebody asked for new pods of an image that is the same as before, RFC 3339. */
  rebuilt: 'kdev.dev/rebuilt',
} as const;
