import type { Cluster } from '../core/ports/cluster.ts';
import type { RegistryCredentials } from '../core/ports/registry-credentials.ts';
import type { RegistrySettings } from '../core/service.ts';
import type { AppPlace } from './pull-secret.ts';

export interface RegistryOptions {
  readonly cluster: Cluster;
  /** @default the one that the cluster advertises, else kdev's own */
  readonly configured?: RegistrySettings | undefined;
  /** Who this machine's person is to registries. @default nobody */
  readonly credentials?: RegistryCredentials | undefined;
  /** For `passwordEnv`. @default nothing is set */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** kdev's registry image, as nodes pull it. */
  readonly image: string;
  /** Namespace of kdev's own registry. @default 'kdev-builder' */
  readonly namespace?: string | undefined;
  /** Whose nodes pull, and where. @default no pull secret is made and no pull is tried */
  readonly app?: AppPlace | undefined;
  /** Folder for what was proved once. @default nothing is remembered */
  readonly proofsDir?: string | undefined;
}
