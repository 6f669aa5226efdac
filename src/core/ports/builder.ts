import type { Reporter } from '../reporter.ts';
import type { ImageBuild } from '../service.ts';

/**
 * Makes images in the cluster. `src/build` implements it.
 *
 * Promises: equal inputs give an equal tag; when the registry has that tag, nothing is built. A failed build throws
 * `build-failed` with the failing step and its last lines and changes nothing in the cluster but the builder itself.
 */
export interface ImageBuilder {
  build(request: BuildRequest): Promise<BuiltImage>;
}

export interface BuildRequest {
  readonly service: string;
  /** Absolute. */
  readonly projectRoot: string;
  readonly build: ImageBuild;
  /** Build also when the registry has the tag; layers of earlier builds are used all the same. @default false */
  readonly force?: boolean;
  readonly reporter: Reporter;
  /** Told what the build's steps print; `at` is RFC 3339, or empty. @default details for the reporter */
  readonly onLine?: (line: string, at: string) => void;
  readonly signal?: AbortSignal;
}

export interface BuiltImage {
  /** What a node pulls: `registry/repository@sha256:…`. */
  readonly reference: string;
  readonly tag: string;
  readonly digest: string;
  /** Digest of all inputs: Dockerfile, context, arguments, target, platform; hex. */
  readonly inputs: string;
  readonly config: ImageConfig;
  /** False when the registry had it. */
  readonly built: boolean;
  readonly ms: number;
}

/** The part of an OCI image configuration that injection needs. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** As in the Dockerfile: `name`, `uid`, `uid:gid` or empty. */
  readonly user: string;
  readonly workingDir: string;
  readonly env: readonly string[];
}
