import { KdevError, messageOf } from '../core/error.ts';
import type { ImageConfig } from '../core/ports/builder.ts';
import type { Registry } from './registry.ts';

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

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

/** Asks a registry as this machine sees it (OCI distribution specification). Calls may overlap. */
export interface RegistryClient {
  /** The digest of what a tag or digest names; undefined when there is no such image. */
  resolve(repository: string, reference: string, signal?: AbortSignal): Promise<string | undefined>;
  /** How the image runs; the first platform counts where the name stands for several. */
  readConfig(repository: string, digest: string, signal?: AbortSignal): Promise<ImageConfig>;
}

/**
 * @param fetchFrom stands in for `fetch` in tests.
 * @throws from each call KdevError `registry-unreachable`, `registry-refused`.
 */
export function createRegistryClient(registry: Registry, fetchFrom: typeof fetch = fetch): RegistryClient {
  const base = `${registry.plainHttp ? 'http' : 'https'}://${registry.fromHere}/v2`;
  const ask = async (method: string, path: string, signal: AbortSignal | undefined): Promise<Response> => {
    const url = `${base}/${path}`;
    const deadline = AbortSignal.timeout(answerMs);
    try {
      const signals = signal ? [signal, deadline] : [deadline];
      return await fetchFrom(url, {
        method,
        headers: { accept: manifestTypes },
        signal: AbortSignal.any(signals),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new KdevError({
        code: 'registry-unreachable',
        fault: 'environment',
        what: `The registry ${registry.fromHere} does not answer.`,
        why: cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause),
        cure: `See that this machine can reach ${base}/.`,
        cause,
      });
    }
  };
  const askJson = async <Document>(path: string, signal?: AbortSignal): Promise<Document> => {
    const answer = await ask('GET', path, signal);
    if (!answer.ok) throw refused(registry, path, answer);
    return (await answer.json()) as Document;
  };
  return {
    async resolve(repository, reference, signal) {
      const path = `${repository}/manifests/${reference}`;
      const answer = await ask('HEAD', path, signal);
      if (answer.status === 404) return undefined;
      if (!answer.ok) throw refused(registry, path, answer);
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

const answerMs = 20_000;

function refused(registry: Registry, path: string, answer: Response): KdevError {
  return new KdevError({
    code: 'registry-refused',
    fault: 'environment',
    what: `The registry ${registry.fromHere} answered ${answer.status} to ${path}.`,
    ...(answer.status === 401 || answer.status === 403
      ? { cure: 'Take a registry that needs no password from here, or one whose access is configured.' }
      : {}),
  });
}
