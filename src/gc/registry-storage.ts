/** What of a registry can only be done where its files are. */
export interface RegistryStorage {
  /** Of its blobs. */
  bytes(signal?: AbortSignal): Promise<number>;
  /**
   * When each manifest was pushed last, by `repository@digest`, ms since the epoch, those without a tag too.
   * Undefined where that cannot be told.
   */
  pushedAt(signal?: AbortSignal): Promise<ReadonlyMap<string, number> | undefined>;
  /**
   * Runs `work`, which deletes manifests, and then deletes the blobs that no manifest names. What is being pushed
   * meanwhile fails rather than lose a blob that it relies on.
   */
  collect(work: () => Promise<void>, signal?: AbortSignal): Promise<void>;
}
