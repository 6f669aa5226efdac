import type { Agent } from 'node:http';
import { KdevError, messageOf } from '../core/error.ts';
import type { Registry, RegistryRequest, RequestExtras } from '../core/ports/registry.ts';
import type { RegistryCredentials } from '../core/ports/registry-credentials.ts';
import { createAuthoriser, type Scope } from './authorise.ts';
import { type Connect, dialledHost, ForwardedConnections, tcpConnections } from './connections.ts';
import { exchange } from './http-exchange.ts';
import { tryAgain } from './try-again.ts';

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** How long a registry may take to begin its answer. */
const answerMs = 20_000;
const redirects = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 5;

const nobody: RegistryCredentials = { find: async () => undefined };

/**
 * @param reach.credentials who to be there @default nobody
 * @param reach.connect how to get there @default by TCP
 */
export function createRegistryRequest(
  registry: Pick<Registry, 'fromHere' | 'plainHttp'> & Partial<Registry>,
  reach: {
    readonly credentials?: RegistryCredentials | undefined;
    readonly connect?: Connect | undefined;
  } = {},
): RegistryRequest {
  const { fromHere: host, insecure = false, plainHttp } = registry;
  const base = `${plainHttp ? 'http' : 'https'}://${host}/v2/`;
  const agents = {
    'http:': tcpConnections('http:', insecure),
    'https:': tcpConnections('https:', insecure),
  };
  const own = reach.connect ? new ForwardedConnections(reach.connect) : undefined;
  const agentOf = ({ host: to, protocol }: URL): Agent =>
    own && to === host ? own : agents[protocol === 'http:' ? 'http:' : 'https:'];
  const send = (
    method: string,
    to: URL,
    headers: Readonly<Record<string, string>>,
    body: RequestExtras['body'],
    signal: AbortSignal,
  ): Promise<Response> => {
    const url = new URL(to);
    url.host = dialledHost(url.host);
    // With a body of known length there are no chunks, which some registries do not take.
    const whole = typeof body === 'string' || body instanceof Uint8Array;
    const length = whole ? { 'content-length': String(Buffer.byteLength(body)) } : {};
    const all = { host: to.host, ...length, ...headers };
    const once = () => exchange({ method, url, headers: all, body, agent: agentOf(to), signal });
    return body instanceof ReadableStream ? once() : tryAgain(once, signal);
  };
  const authoriser = createAuthoriser({
    host,
    credentials: reach.credentials ?? nobody,
    askToken: (method, url, headers, body, signal) => send(method, url, headers, body, signal),
  });

  const follow = async (method: string, first: URL, extras: RequestExtras, signal: AbortSignal) => {
    const scope = scopeOf(first, base, method);
    let url = first;
    for (let hops = 0; ; hops++) {
      const headers = { accept: manifestTypes, ...extras.headers };
      const home = url.host === host;
      const known = home ? authoriser.known(scope) : undefined;
      let answer = await send(method, url, withAuthorization(headers, known), extras.body, signal);
      if (answer.status === 401 && home && !(extras.body instanceof ReadableStream)) {
        const header = await authoriser.answer(answer, scope, signal);
        if (header !== undefined && header !== known) {
          answer = await send(method, url, withAuthorization(headers, header), extras.body, signal);
        }
      }
      const location = redirects.has(answer.status) ? answer.headers.get('location') : null;
      if (location === null || (method !== 'GET' && method !== 'HEAD') || hops === mostRedirects)
        return answer;
      url = new URL(location, url);
    }
  };

  const request = async (
    method: string,
    path: string | URL,
    extras: RequestExtras = {},
  ): Promise<Response> => {
    const { signal } = extras;
    signal?.throwIfAborted();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error('it took too long')), extras.answerMs ?? answerMs);
    try {
      const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
      return await follow(method, new URL(path, base), extras, either);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof KdevError && cause.code.startsWith('registry-')) throw cause;
      throw new KdevError({
        code: 'registry-unreachable',
        fault: 'environment',
        what: `The registry ${host} does not answer.`,
        why: late.signal.aborted ? messageOf(late.signal.reason) : messageOf(cause),
        cure: reach.connect
          ? 'See that its pod runs and that you may forward ports to it: kdev doctor tells.'
          : `See that this machine can reach ${base}.`,
        cause,
      });
    } finally {
      clearTimeout(timer);
    }
  };
  return Object.assign(request, { host, base });
}

function withAuthorization(
  headers: Readonly<Record<string, string>>,
  authorization: string | undefined,
): Readonly<Record<string, string>> {
  return authorization === undefined ? headers : { ...headers, authorization };
}

/** `…/v2/team/app/manifests/one` is about `team/app`. */
function scopeOf({ href }: URL, base: string, method: string): Scope {
  const path = href.startsWith(base) ? href.slice(base.length) : '';
  const repository = /^(.+?)\/(?:manifests|blobs|tags)\//.exec(path)?.[1];
  return { repository, writes: method !== 'GET' && method !== 'HEAD' };
}
