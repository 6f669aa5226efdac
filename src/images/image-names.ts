import manifest from '../../package.json' with { type: 'json' };

/** kdev's own version; its images carry it as their tag. */
const version: string = manifest.version;

/** The names that releases publish kdev's images under. */
export const imageNames = {
  /** The sidecar: sshd and the agent. */
  sidecar: `docker.io/kdev/sidecar:${version}`,
  /** The restarter alone; init containers that put it on `/kdev` run it. */
  restarter: `docker.io/kdev/restarter:${version}`,
  /** Rootless BuildKit and the context store beside it. */
  builder: `docker.io/kdev/builder:${version}`,
  /** The registry of clusters that have none. */
  registry: `docker.io/kdev/registry:${version}`,
} as const;

export type ImageName = keyof typeof imageNames;
