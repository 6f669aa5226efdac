import type { Reporter } from '../reporter.ts';
import type { ImageConfig } from './builder.ts';
import type { RegistryCredentials } from './registry-credentials.ts';

/** One registry by its up to three names; only a digest is identity. All are `host[:port]`. */
export interface Registry {
  /** As the builder pod pushes to it. */
  readonly fromPods: string;
  /** As nodes pull from it. */
  readonly fromNodes: string;
  /** As this machine asks it; where it is reached through the API server, its name for people. */
  readonly fromHere: string;
  /** Spoken to by plain http. */
  readonly plainHttp: boolean;
  /** By TLS whose certificate nobody checks. @default false */
  readonly insecure?: boolean;
  /** What its repositories begin with, such as `team/`. @default '' */
  readonly prefix?: string;
}

export type RegistrySource = 'configured' | 'advertised' | 'own';

/**
 * The registry that the cluster's builds push to and its nodes pull from: the configured one, else one that the
 * cluster advertises, else kdev's own. `src/registry` implements it.
 *
 * Promises: nothing is asked or made before the first call; what was found is kept until a call failed. Calls may
 * overlap.
 */
export interface RegistryProvider {
  /**
   * Finds it; kdev's own is made, or waited for, where it has to be.
   *
   * @throws KdevError `registry-advertised-badly`, `registry-password-missing`, `registry-forbidden`,
   * `registry-not-ready`; those of the cluster; the signal's reason.
   */
  open(options: {
    readonly reporter: Reporter;
    readonly signal?: AbortSignal | undefined;
  }): Promise<OpenRegistry>;
  /**
   * The name of a Secret in the app's namespace that nodes need to pull `reference`, put there or corrected where it
   * is kdev's; undefined for an image of another registry, or where nodes need none.
   *
   * @throws those of the cluster; `registry-password-missing`.
   */
  providePullSecret(reference: string, signal?: AbortSignal): Promise<string | undefined>;
}

export interface OpenRegistry {
  readonly source: RegistrySource;
  readonly registry: Registry;
  /** Where the images of `docker.io` come from in the builder; by plain http. */
  readonly mirrors: readonly string[];
  /** The registry goes with the cluster: it is a box's own. */
  readonly shortLived: boolean;
  readonly request: RegistryRequest;
  readonly images: RegistryClient;
  /** Another registry, as this machine reaches it, with the person's own credentials for it. */
  imagesAt(host: string, plainHttp: boolean): RegistryClient;
  /** By host, its own names included: who pushes. Never write them to a disk or a log. */
  readonly credentials: RegistryCredentials;
  /**
   * Resolves when a node has pulled from it once; at once where that was seen before. To be awaited before the first
   * build; takes 1–2 s that a builder's start can hide.
   *
   * @throws KdevError `registry-pull-failed` with what the node said; those of `RegistryRequest` and of the cluster.
   */
  proveNodesPull(options: {
    readonly reporter: Reporter;
    readonly signal?: AbortSignal | undefined;
  }): Promise<void>;
  /**
   * Why a push failed, from BuildKit's words and from what the registry says when it is asked: `registry-full`,
   * `registry-refused`, `registry-unreachable`; undefined where neither tells. Never throws.
   */
  explainPush(words: string, signal?: AbortSignal): Promise<Error | undefined>;
  /** Present when the registry is kdev's own. */
  readonly own?: OwnRegistry;
}

/** What only kdev's own registry can do. Each throws what `RegistryRequest` throws. */
export interface OwnRegistry {
  /** Where its Deployment, Service, Secret and volume claim are, all called `name`. */
  readonly namespace: string;
  readonly name: string;
  /** False where its images go with its pod. */
  readonly lasting: boolean;
  usage(signal?: AbortSignal): Promise<RegistryUsage>;
  /** When each manifest, or a tag that names it, came: `repository@digest` → ms since the epoch. */
  pushedAt(signal?: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /**
   * Refuses uploads from now on (503) and resolves when those on their way have ended. Manifests may be deleted
   * meanwhile. Ends by itself after `forMs`, at most 10 minutes; called again, it counts from then.
   */
  holdUploads(forMs: number, signal?: AbortSignal): Promise<void>;
  releaseUploads(signal?: AbortSignal): Promise<void>;
  /** Deletes the blobs that no manifest names any more. Only while uploads are held, else refused. */
  collectBlobs(signal?: AbortSignal): Promise<{ readonly blobs: number; readonly bytes: number }>;
}

/** Bytes. */
export interface RegistryUsage {
  /** Of all blobs. */
  readonly blobs: number;
  /** Of the volume that they lie on. */
  readonly capacity: number;
  readonly free: number;
}

export interface RequestExtras {
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** From the call to the beginning of the answer, ms; an upload takes its own time. @default 20 000 */
  readonly answerMs?: number;
}

/** One HTTP request to a registry, as this machine reaches it, with its password. Calls may overlap. */
export interface RegistryRequest {
  /**
   * @param path below `/v2/`, or a whole URL that the registry gave.
   * @throws KdevError `registry-unreachable`; the signal's reason.
   */
  (method: string, path: string | URL, extras?: RequestExtras): Promise<Response>;
  readonly host: string;
  /** Ends in `/v2/`. */
  readonly base: string;
}

/**
 * What a registry knows of images (OCI distribution specification). Calls may overlap.
 *
 * @throws from each call KdevError `registry-unreachable`, `registry-refused`; the signal's reason.
 */
export interface RegistryClient {
  /** The digest of what a tag or digest names; undefined when there is no such image. */
  resolve(repository: string, reference: string, signal?: AbortSignal): Promise<string | undefined>;
  /** How the image runs; the first platform counts where the name stands for several. */
  readConfig(repository: string, digest: string, signal?: AbortSignal): Promise<ImageConfig>;
}
