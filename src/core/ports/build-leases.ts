/**
 * How builds and the collection of a registry's garbage keep out of each other's way, on whatever machines they run.
 * `src/gc` implements it with Leases beside the builder.
 *
 * Promises: between `begin` and `built` no collection runs; after `built` a collection keeps that image until
 * `release`, or, where nobody calls it, for as long as it keeps what is young. A process that is killed blocks no
 * collection for longer than its Lease lasts. Calls may overlap, also for one repository.
 */
export interface BuildLeases {
  /**
   * To be called before the registry is asked whether it has the tag. Waits while a collection runs.
   *
   * @throws the cluster's errors; `collection-stuck` when one does not end; the signal's reason
   */
  begin(build: BeginningBuild): Promise<BuildLease>;
}

export interface BeginningBuild {
  /** Without the registry: `kdev/shop-adder`. */
  readonly repository: string;
  readonly tag: string;
  readonly signal?: AbortSignal | undefined;
  /** Told once, before it waits. */
  readonly onWait?: (why: string) => void;
}

export interface BuildLease {
  /** The registry has the image; nobody may name it yet. */
  built(digest: string): Promise<void>;
  /** Nothing came of it, or a live object names the image now. Never rejects; a second call does nothing. */
  release(): Promise<void>;
}
