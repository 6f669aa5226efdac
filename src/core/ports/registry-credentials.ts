/** Who a person, or a namespace, is to a registry. Never to be written to a disk or a log. */
export type RegistryLogin =
  | { readonly username: string; readonly password: string }
  /** Exchanged for an access token by the registry's token server. */
  | { readonly identityToken: string };

/**
 * Knows who to be at which registry. `src/credentials` implements it.
 *
 * Promises: asked again for each use, so that what a helper renews is new; calls may overlap.
 */
export interface RegistryCredentials {
  /**
   * @param host `host[:port]` as image names spell it; Docker Hub is `docker.io`
   * @returns undefined = be nobody there
   * @throws KdevError `registry-credentials-failed` when a credential helper that is configured for it fails; the
   * signal's reason
   */
  find(host: string, signal?: AbortSignal): Promise<RegistryLogin | undefined>;
}
