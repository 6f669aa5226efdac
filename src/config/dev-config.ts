/**
 * What a person writes in `dev.config.ts`. Every path is relative to the folder of that file, `/`-separated. A service
 * with a Dockerfile and manifests needs no more than this:
 *
 * ```ts
 * export default defineConfig({
 *   manifests: 'k8s',
 *   services: { adder: { build: true, sync: { src: '/app/src' }, restart: ['**\/*.py'] } },
 * });
 * ```
 */
export interface DevConfig<Name extends string = string> {
  /**
   * Names the project in the cluster: a DNS label (small letters, digits, hyphens; at most 63).
   * @default the folder's name, made a DNS label
   */
  readonly name?: string;
  /**
   * Folder that all paths count from. Leave it alone unless a helper in another folder calls `defineConfig` for you.
   * @default the folder of the file that calls `defineConfig`
   */
  readonly root?: string;
  /**
   * Manifests of every environment that names none of its own. With these and no `environments` there is one
   * environment, called `local`.
   * @default none
   */
  readonly manifests?: Manifests;
  /**
   * The named variants of the manifests: local, test, staging, production.
   * @default one environment called `local` with the `manifests` above
   */
  readonly environments?: Readonly<Record<string, EnvironmentConfig>>;
  /**
   * Where built images go: `'registry.example.com/team'`, or the details. Environments may have one of their own.
   * @default the registry that the cluster advertises, else one of kdev's own in the cluster
   */
  readonly registry?: string | RegistryConfig;
  /** What is developed, by name (a DNS label). At least one. */
  readonly services: Readonly<Record<Name, ServiceConfig<NoInfer<Name>>>>;
  /** The BuildKit that kdev runs in the cluster. */
  readonly builder?: BuilderSettingsConfig;
}

/**
 * A folder with a `kustomization.yaml` is built with kustomize; any other folder stands for the YAML and JSON files
 * right in it; a file or a glob (`k8s/**\/*.yaml`) stands for itself. Several are read in the order given; only
 * one of them, alone, may be a kustomization.
 */
export type Manifests = string | readonly string[];

export interface EnvironmentConfig {
  /** @default the configuration's own `manifests` */
  readonly manifests?: Manifests;
  /**
   * Namespace that kdev works in: a DNS label.
   * @default the project's name
   */
  readonly namespace?: string;
  /**
   * Where images of this environment go.
   * @default the configuration's own `registry`
   */
  readonly registry?: string | RegistryConfig;
  /**
   * Context of your kubeconfig. Not together with `box`.
   * @default the kubeconfig's current context; without one, a box called `kdev`
   */
  readonly context?: string;
  /**
   * A box: a whole Kubernetes on this machine, made when it is not there. A DNS label of at most 59 characters. Not
   * together with `context`.
   * @default none
   */
  readonly box?: string;
  /**
   * Nothing is written to this environment unless the command says `--allow-protected`. Set it for whatever is not
   * yours alone.
   * @default false
   */
  readonly protected?: boolean;
  /**
   * Of the environment's name on the screen of `kdev watch`.
   * @default 'red' where protected, 'green' for `local`, 'blue' for `test`, else 'yellow'
   */
  readonly colour?: 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'white';
}

/**
 * A registry, by up to three names: the builder pushes from a pod of the cluster, nodes pull, and this machine asks
 * whether an image is there already. All are `host` or `host:port`.
 */
export interface RegistryConfig {
  /** As pods reach it; a path behind the host stands before every image: `registry.example.com/team`. */
  readonly push: string;
  /**
   * As nodes reach it. They do not know the names of the cluster's DNS, and speak plain http to `localhost` only, unless
   * they were told otherwise.
   * @default the host of `push`
   */
  readonly pull?: string;
  /**
   * As this machine reaches it.
   * @default the host of `push`
   */
  readonly here?: string;
  /** @default false: https */
  readonly plainHttp?: boolean;
  /**
   * The builder and this machine take any certificate of it. Nodes decide for themselves.
   * @default false
   */
  readonly insecure?: boolean;
  /**
   * Who pushes. Not without `passwordEnv`.
   * @default who is logged in at the registry by Docker's configuration, credential helpers included
   */
  readonly username?: string;
  /** Name of the environment variable that holds the password or token; it is never written down. */
  readonly passwordEnv?: string;
  /**
   * What nodes pull with: the name of a Secret of the app's namespace, `true` for one that kdev makes of `username` and
   * takes away again, `false` for none.
   * @default true where there is a `username`, else false
   */
  readonly pullSecret?: string | boolean;
}

export interface ServiceConfig<Name extends string = string> {
  /**
   * The workload that runs the service: `name` or `kind/name`, with the kinds deployment, statefulset, daemonset, job
   * and pod.
   * @default the Deployment called like the service
   */
  readonly workload?: string;
  /**
   * The app's container in that workload.
   * @default its only app container, or the one called like the service
   */
  readonly container?: string;
  /**
   * How the image is made: `true` for `Dockerfile` with its folder as context, a Dockerfile's path, or the details.
   * @default not built; the image is somebody else's
   */
  readonly build?: true | string | BuildConfig;
  /**
   * What is kept equal in the running container: local path → absolute path in the container, or a list with options.
   * @default nothing
   */
  readonly sync?: Readonly<Record<string, string>> | readonly SyncConfig[];
  /**
   * Globs of files that need a restart of the app when they change. Leave it out where the app reloads by itself.
   * @default none
   */
  readonly restart?: readonly string[];
  /**
   * Commands that run in the app container when files that match have changed there, before the app restarts: `pip
   * install -r requirements.txt` in seconds instead of a new image in minutes. One that fails builds the image anew,
   * where there is a `build`.
   * @default none
   */
  readonly run?: readonly RunConfig[];
  /**
   * Globs of what `kdev pull` brings back from the container when nothing else is asked for, such as a lock file or
   * snapshots that a command made there. They must lie in a folder that is synced.
   * @default none
   */
  readonly pull?: readonly string[];
  /**
   * Globs of files that need a new image when they change, such as a dependency list. The Dockerfile and its ignore
   * file always do.
   * @default none
   */
  readonly rebuild?: readonly string[];
  /**
   * Ports of the pod that are opened on 127.0.0.1: `8080`, or `'9000:8080'` for local 9000 → pod 8080. 1 to 65535;
   * local 0 takes any free one.
   * @default none
   */
  readonly ports?: readonly (number | string)[];
  /**
   * From TERM to KILL when the app is restarted, milliseconds, 0 to 600000. Raise it for an app that must finish its
   * requests even while developing.
   * @default 5000
   */
  readonly graceMs?: number;
  /**
   * How long a new pod waits for a session before it starts the image's own code, milliseconds, 0 to 86400000.
   * @default 30000
   */
  readonly gateWaitMs?: number;
  /**
   * When the app ends by itself: `hold` keeps the container and waits for the next save, `restart` starts it again
   * with growing pauses, `exit` ends the container as it would without kdev.
   * @default 'hold'
   */
  readonly onCrash?: 'hold' | 'restart' | 'exit';
  /**
   * Services that must be ready first.
   * @default none
   */
  readonly dependsOn?: readonly Name[];
  /**
   * Where synced files live: `layer` writes on the container's own file system, `volume` serves the mapped folders
   * from a volume of the pod. Leave it alone unless the manifest does not tell how the app runs.
   * @default 'auto': `layer` for an app that runs as root on a writable root file system, else `volume`
   */
  readonly storage?: 'auto' | 'layer' | 'volume';
  /**
   * Suites that `kdev test` runs in the app container, by name, in this order: a line for the container's shell, a
   * list of a program and its arguments (needs no shell), or the details.
   * @default none
   */
  readonly tests?: Readonly<Record<string, TestCommand | SuiteConfig>>;
}

/** `'pytest -q tests/unit'` or `['pytest', '-q', 'tests/unit']`. */
export type TestCommand = string | readonly string[];

export interface SuiteConfig {
  /** Not together with `commands`. */
  readonly command?: TestCommand;
  /** Several, one after the other; each runs, also when one before it failed. Not together with `command`. */
  readonly commands?: readonly TestCommand[];
  /**
   * Absolute folder in the container.
   * @default the app's own working directory
   */
  readonly cwd?: string;
  /**
   * Time limit of the suite, milliseconds, 1 to 86400000. When it is over, everything that the suite started is ended.
   * @default 600000
   */
  readonly timeoutMs?: number;
  /**
   * File in the container that the tool writes a JUnit report to, relative to `cwd`: `kdev test --junit` takes it in.
   * @default none; the report says of the suite as a whole how it went
   */
  readonly junit?: string;
}

export interface RunConfig {
  /** Globs of synced files. At least one. */
  readonly when: readonly string[];
  /** A line for the container's shell, or a list of a program and its arguments (needs no shell). */
  readonly command: string | readonly string[];
  /**
   * Time limit, milliseconds, 1 to 86400000. When it is over, everything that the command started is ended.
   * @default 600000
   */
  readonly timeoutMs?: number;
}

export interface BuildConfig {
  /** @default 'Dockerfile' in the context */
  readonly dockerfile?: string;
  /**
   * Folder whose files the build may copy, as its `.dockerignore` allows.
   * @default the folder of the Dockerfile
   */
  readonly context?: string;
  /**
   * Stage of a multi-stage Dockerfile.
   * @default the last one
   */
  readonly target?: string;
  /**
   * Values of the Dockerfile's `ARG`s. They end up in the image's history: no secrets.
   * @default none
   */
  readonly args?: Readonly<Record<string, string>>;
  /**
   * Such as `linux/amd64`. Not together with `platforms`.
   * @default the platform of the cluster's nodes
   */
  readonly platform?: string;
  /**
   * Several, for an image that runs on each. The builder runs no program of another processor than its own node's: a
   * `RUN` for such a platform fails.
   * @default `platform`
   */
  readonly platforms?: readonly string[];
  /**
   * What `RUN --mount=type=secret,id=ID` of the Dockerfile gets, by id. Read from this machine when a build begins;
   * in no layer, log or process list. What is in them is no input of the image: a new value alone builds nothing.
   * @default none
   */
  readonly secrets?: Readonly<Record<string, SecretConfig>>;
  /**
   * Whether `RUN --mount=type=ssh` reaches the ssh agent of this machine (`SSH_AUTH_SOCK`); a list of the ids by
   * which it does. Keys stay here.
   * @default false; `true` is `['default']`
   */
  readonly ssh?: boolean | readonly string[];
  /**
   * Layers beside the image: `true` keeps those of every stage in the registry next to it, so that a new builder
   * begins with them; or images to take layers from (`from`) and to put them to (`to`), as the builder's pod
   * reaches them.
   * @default the layers of the image built last
   */
  readonly cache?: true | { readonly from?: string | readonly string[]; readonly to?: string };
  /**
   * Another builder: a line for the shell, or a program and its arguments, run in the configuration's folder with
   * what to build in its environment (KDEV_IMAGE and others). The last line that it prints is the image's name.
   * @default BuildKit in the cluster
   */
  readonly command?: string | readonly string[];
  /**
   * Name of the image in the manifests that the built one takes the place of.
   * @default the image of the service's container
   */
  readonly replaces?: string;
}

/** Where a secret is read from: a file (relative to the configuration's folder, `~/` is your home), or a variable. */
export type SecretConfig = { readonly file: string } | { readonly env: string };

/** The BuildKit that kdev runs in the cluster. */
export interface BuilderSettingsConfig {
  /**
   * Namespace that it lives in: a DNS label. It needs the PodSecurity level `privileged`.
   * @default 'kdev-builder'
   */
  readonly namespace?: string;
  /**
   * How much it keeps: layers, cache mounts and contexts. As Kubernetes writes sizes.
   * @default '20Gi'
   */
  readonly cacheSize?: string;
  /**
   * Storage class of the volume that its cache lies on.
   * @default the cluster's default one; where there is none, the cache goes with the builder's pod
   */
  readonly storageClass?: string;
}

export interface SyncConfig {
  /** Local folder or file, inside the configuration's folder; `.` is that folder. It may come into being later. */
  readonly from: string;
  /** Absolute path in the container. */
  readonly to: string;
  /**
   * gitignore patterns, relative to `from`: what is never sent and never deleted.
   * @default none
   */
  readonly ignore?: readonly string[];
  /**
   * Also deletes what kdev did not put there, below `to`.
   * @default false
   */
  readonly mirror?: boolean;
}
