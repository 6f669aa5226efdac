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
  /**
   * The images that a build would begin with or copy from, with the digests that their names have now. Answered from
   * this machine where somebody asked less than `maxAgeMs` ago (10 minutes without one); an image whose registry does
   * not answer has no digest. Absent: nobody knows.
   *
   * @throws `dockerfile-missing`; what finding the registry throws; the signal's reason
   */
  bases?(
    request: Pick<BuildRequest, 'projectRoot' | 'build' | 'reporter' | 'signal'> & {
      readonly maxAgeMs?: number;
    },
  ): Promise<readonly BaseImage[]>;
  /**
   * Whether the registry still has an image that was built before, by its reference; true without asking where images
   * outlive the registry's pod. Absent: nobody knows.
   *
   * @throws what finding and asking the registry throws; the signal's reason
   */
  has?(reference: string, asked: Pick<BuildRequest, 'reporter' | 'signal'>): Promise<boolean>;
}

/** What stands after FROM, or after a `from=`. */
export interface BaseImage {
  /** Without `docker.io/library/` and `:latest`. */
  readonly name: string;
  /** Absent = not known. */
  readonly digest?: string;
  /** When its registry was asked, ms since the epoch. */
  readonly askedAt: number;
}

export interface BuildRequest {
  readonly service: string;
  /** Absolute. */
  readonly projectRoot: string;
  readonly build: ImageBuild;
  /** Build also when the registry has the tag; layers of earlier builds are used all the same. @default false */
  readonly force?: boolean;
  /**
   * `[HOST/]PATH[:TAG]`, another name to push the image by: in the cluster's registry without a host, with the tag of
   * the inputs without one. Builds also when the registry has the tag.
   */
  readonly pushAs?: string;
  readonly reporter: Reporter;
  /** Told what the build's steps print; `at` is RFC 3339, or empty. @default details for the reporter */
  readonly onLine?: (line: string, at: string) => void;
  readonly signal?: AbortSignal;
}

export interface BuiltImage {
  /** What a node pulls: `registry/repository@sha256:…`. */
  readonly reference: string;
  /** `host/path:tag@sha256:…` of `pushAs`; absent without one. */
  readonly pushedAs?: string;
  readonly tag: string;
  readonly digest: string;
  /** Digest of all inputs: Dockerfile, context, arguments, target, platform, base images; hex. */
  readonly inputs: string;
  /** Digests of the images that it was made from, by name, as far as they were known. @default none were */
  readonly bases?: Readonly<Record<string, string>>;
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
