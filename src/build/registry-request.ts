import { KdevError, messageOf } from '../core/error.ts';
import type { Registry } from './registry.ts';

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** How long a registry may take to begin its answer. */
const answerMs = 20_000;

export interface RequestExtras {
  readonly body?: string | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** From the call to the beginning of the answer, ms; an upload takes its own time. @default 20 000 */
  readonly answerMs?: number;
}

/** One HTTP request to a registry, as this machine sees it. Calls may overlap. */
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

export function createRegistryRequest(registry: Registry): RegistryRequest {
  const base = `${registry.plainHttp ? 'http' : 'https'}://${registry.fromHere}/v2/`;
  const request = async (
    method: string,
    path: string | URL,
    extras: RequestExtras = {},
  ): Promise<Response> => {
    const { body, headers, signal } = extras;
    signal?.throwIfAborted();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error('it took too long')), extras.answerMs ?? answerMs);
    try {
      return await fetch(new URL(path, base), {
        method,
        headers: { accept: manifestTypes, ...headers },
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new KdevError({
        code: 'registry-unreachable',
        fault: 'environment',
        what: `The registry ${registry.fromHere} does not answer.`,
        why: cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause),
        cure: `See that this machine can reach ${base}.`,
        cause,
      });
    } finally {
      clearTimeout(timer);
    }
  };
  return Object.assign(request, { host: registry.fromHere, base });
}

/** For an answer that is no success. */
export function refusedBy(
  registry: Pick<RegistryRequest, 'host'>,
  path: string,
  answer: Response,
): KdevError {
  return new KdevError({
    code: 'registry-refused',
    fault: 'environment',
    what: `The registry ${registry.host} answered ${answer.status} to ${path}.`,
    ...(answer.status === 401 || answer.status === 403
      ? { cure: 'Take a registry that needs no password from here, or one whose access is configured.' }
      : {}),
  });
}
