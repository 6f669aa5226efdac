/** One manifest of a repository, as far as a decision about it goes. */
export interface StoredManifest {
  /** Without the registry: `kdev/shop-adder`. */
  readonly repository: string;
  readonly digest: string;
  /** Those that name it now. */
  readonly tags: readonly string[];
  /** Digests of the manifests that it is an index of. */
  readonly children: readonly string[];
  /** The manifest that it says something about (an attestation or a signature). */
  readonly subject?: string | undefined;
  /** Itself, its configuration and its layers, by digest, in bytes. */
  readonly blobs: ReadonlyMap<string, number>;
  /** When it was pushed last, ms since the epoch; undefined = nobody knows. */
  readonly pushedAt: number | undefined;
  /** False where its content could not be made out; it is then left alone. */
  readonly readable: boolean;
}

/** The bytes of all of them together: blobs that several share are there once. */
export function bytesOf(manifests: Iterable<StoredManifest>): number {
  const sizes = new Map<string, number>();
  for (const { blobs } of manifests) for (const [digest, size] of blobs) sizes.set(digest, size);
  let bytes = 0;
  for (const size of sizes.values()) bytes += size;
  return bytes;
}
