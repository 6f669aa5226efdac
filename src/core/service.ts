import type { RunCommand } from './run-command.ts';

/**
 * One service as the rest of kdev sees it: validated, defaults filled in, nothing optional that somebody has to
 * guess. `src/config` makes it from what a person wrote.
 */
export interface Service {
  readonly name: string;
  readonly workload: WorkloadReference;
  /** Container name; absent = the workload's only app container, or the one called like the service. */
  readonly container?: string;
  /** Absent = the image is somebody else's; kdev never builds it. */
  readonly build?: ImageBuild;
  readonly mappings: readonly Mapping[];
  /** Globs (micromatch, relative to the project's root): a matching change restarts the app. */
  readonly restart: readonly string[];
  /** What runs in the container when matching files have changed there, before the app restarts; absent = nothing. */
  readonly run?: readonly RunStep[];
  /** Globs (relative to the project's root) of what `kdev pull` brings back when nothing else is asked for. */
  readonly pull?: readonly string[];
  /** Globs: a matching change rebuilds the image. The Dockerfile and its ignore file always do. */
  readonly rebuild: readonly string[];
  /** Globs of what the Dockerfile itself reads; as `rebuild`, but a run step for a synced file takes their place. */
  readonly rebuildDefaults?: readonly string[];
  readonly ports: readonly PortForward[];
  /** From TERM to KILL at a restart, ms. */
  readonly graceMs: number;
  /** How long a new pod waits for a session before it starts the image's own code, ms. */
  readonly gateWaitMs: number;
  readonly onCrash: 'hold' | 'restart' | 'exit';
  /** Service names that must be ready first. */
  readonly dependsOn: readonly string[];
  /**
   * `layer` writes on the container's own file system, `volume` serves mapped directories from an emptyDir;
   * `auto` takes `layer` for an app that runs as root on a writable root file system, else `volume`.
   */
  readonly storage: 'auto' | 'layer' | 'volume';
  /** In the order in which they run. */
  readonly tests: readonly TestSuite[];
}

/** A suite of tests, or a linter: what `kdev test` runs in the app container. */
export interface TestSuite {
  readonly name: string;
  /** At least one; each runs, also when one before it failed. */
  readonly commands: readonly TestCommand[];
  /** Absolute folder in the container; absent = the app's own. */
  readonly cwd?: string;
  /** For all commands together, ms. */
  readonly timeoutMs: number;
  /** File in the container that its tool writes a JUnit report to; relative to the folder it runs in. */
  readonly junit?: string;
}

/** A line for the container's shell, or a program with its arguments. */
export type TestCommand = string | readonly string[];

export interface RunStep extends RunCommand {
  /** Globs (micromatch, relative to the project's root) of synced files. */
  readonly when: readonly string[];
}

export interface WorkloadReference {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'Pod';
  readonly name: string;
}

export interface Mapping {
  /** Relative to the project's root, `/`-separated; `.` is the root itself. */
  readonly from: string;
  /** Absolute path in the container. */
  readonly to: string;
  /** gitignore patterns, relative to `from`. */
  readonly ignore: readonly string[];
  /** Also deletes what kdev did not put there. */
  readonly mirror: boolean;
}

export interface ImageBuild {
  /** Relative to the project's root. */
  readonly dockerfile: string;
  readonly context: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  /** e.g. `linux/amd64`, several with commas between; absent = the platform of the cluster's nodes. */
  readonly platform?: string;
  /** What `RUN --mount=type=secret` gets, by id. */
  readonly secrets?: Readonly<Record<string, BuildSecret>>;
  /** Ids by which `RUN --mount=type=ssh` reaches this machine's ssh agent. */
  readonly ssh?: readonly string[];
  /** Where layers come from and go to, beside the image itself. */
  readonly cache?: BuildCache;
  /** Builds the image in place of BuildKit and prints its name: a line for the shell, or a program and its arguments. */
  readonly command?: string | readonly string[];
  /** Name of the image in the manifests that the built one takes the place of; absent = the container's. */
  readonly replaces?: string;
}

/** Where a secret is read from when a build begins; a path is absolute or relative to the project's root. */
export type BuildSecret = { readonly file: string } | { readonly env: string };

/** Names of images that hold layers, as the builder reaches them. */
export interface BuildCache {
  /** The layers of every stage go to the registry beside the image, and come from there. */
  readonly own: boolean;
  readonly from: readonly string[];
  readonly to?: string;
}

/** How the cluster's builder is made. */
export interface BuilderConfig {
  readonly namespace: string;
  /** As Kubernetes writes quantities: `20Gi`. */
  readonly cacheSize: string;
  /** Of the volume that the cache lies on; absent = the cluster's default one, and none is a volume that goes with the pod. */
  readonly storageClass?: string;
}

export interface PortForward {
  /** On 127.0.0.1; 0 = any free one. */
  readonly local: number;
  /** In the pod. */
  readonly remote: number;
}

export interface Environment {
  readonly name: string;
  readonly manifests: ManifestSource;
  readonly namespace: string;
  readonly target: ClusterTarget;
  /** Not written without an explicit flag on the command. */
  readonly protected: boolean;
  /** Of its name on screen. */
  readonly colour: EnvironmentColour;
  /** Absent = the one that the cluster advertises, else kdev's own. */
  readonly registry?: RegistrySettings;
}

/** A registry as a person configured it. Names are `host[:port]`. */
export interface RegistrySettings {
  /** As the builder's pod pushes to it. */
  readonly push: string;
  /** As nodes pull from it. */
  readonly pull: string;
  /** As this machine asks it. */
  readonly here: string;
  /** What its repositories begin with: empty, or ends with a `/`. */
  readonly prefix: string;
  readonly plainHttp: boolean;
  /** Its TLS certificate is not checked. */
  readonly insecure: boolean;
  /** Together with `passwordEnv`; absent = what Docker's configuration says. */
  readonly username?: string;
  /** Name of the environment variable that holds the password. */
  readonly passwordEnv?: string;
  /** A Secret of the app's namespace that nodes pull with; true = one that kdev makes of `username`; absent = none. */
  readonly pullSecret?: string | true;
}

export const environmentColours = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
export type EnvironmentColour = (typeof environmentColours)[number];

/** Paths are relative to the project's root. */
export type ManifestSource =
  | { readonly type: 'kustomize'; readonly dir: string }
  | { readonly type: 'yaml'; readonly files: readonly string[] };

export type ClusterTarget =
  /** A context of the person's kubeconfig. */
  | { readonly type: 'context'; readonly context: string }
  /** A box on this machine, made when it is not there. */
  | { readonly type: 'box'; readonly box: string }
  /** The kubeconfig's current context; without one, a box called `kdev`. */
  | { readonly type: 'default' };

export interface Project {
  readonly name: string;
  /** Absolute directory that all relative paths of the configuration count from: the config file's own. */
  readonly root: string;
  readonly configFile: string;
  readonly environments: readonly Environment[];
  readonly services: readonly Service[];
  readonly builder: BuilderConfig;
}
