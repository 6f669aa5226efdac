import type { RegistryClient, RegistryRequest } from '../core/ports/registry.ts';
import { refusedBy } from '../core/registry-refused.ts';

interface Manifest {
  readonly config?: { readonly digest: string };
  /** Of an index. */
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly os: string; readonly architecture: string };
  }[];
}

interface ConfigFile {
  readonly config?: {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly Env?: readonly string[] | null;
  };
}

export function createRegistryClient(request: RegistryRequest): RegistryClient {
  const askJson = async <Document>(path: string, signal?: AbortSignal): Promise<Document> => {
    const answer = await request('GET', path, { signal });
    if (!answer.ok) throw refusedBy(request, path, answer);
    return (await answer.json()) as Document;
  };
  return {
    async resolve(repository, reference, signal) {
      const path = `${repository}/manifests/${reference}`;
      const answer = await request('HEAD', path, { signal });
      if (answer.status === 404) return undefined;
      if (!answer.ok) throw refusedBy(request, path, answer);
      return answer.headers.get('docker-content-digest') ?? undefined;
    },
    async readConfig(repository, digest, signal) {
      let manifest = await askJson<Manifest>(`${repository}/manifests/${digest}`, signal);
      const [first] = manifest.manifests?.filter((each) => each.platform?.os !== 'unknown') ?? [];
      if (first) manifest = await askJson<Manifest>(`${repository}/manifests/${first.digest}`, signal);
      const file = await askJson<ConfigFile>(`${repository}/blobs/${manifest.config?.digest ?? ''}`, signal);
      const { config = {} } = file;
      return {
        entrypoint: config.Entrypoint ?? [],
        command: config.Cmd ?? [],
        user: config.User ?? '',
        workingDir: config.WorkingDir || '/',
        env: config.Env ?? [],
      };
    },
  };
}
