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
  /** What is developed, by name (a DNS label). At least one. */
  readonly services: Readonly<Record<Name, ServiceConfig<NoInfer<Name>>>>;
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
   * Such as `linux/amd64`.
   * @default the platform of the cluster's nodes
   */
  readonly platform?: string;
  /**
   * Name of the image in the manifests that the built one takes the place of.
   * @default the image of the service's container
   */
  readonly replaces?: string;
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
