import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import type { RequestExtras } from '../core/ports/registry.ts';

/** An answer up to this size is read at once, so that one whose reader gave up keeps no connection. */
const wholeBytes = 1024 * 1024;
const bodyless = new Set([204, 205, 304]);

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestExtras['body'] | undefined;
  /** Where its connections come from. */
  readonly agent: http.Agent;
  readonly signal: AbortSignal;
}

/** One HTTP request over an agent's connections; follows nothing. Rejects when there is no answer. */
export async function exchange(options: Exchange): Promise<Response> {
  const { agent, body, headers, method, signal, url } = options;
  const { request } = url.protocol === 'https:' ? https : http;
  const incoming = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent, signal });
    outgoing.once('response', resolve).once('error', reject);
    if (!(body instanceof ReadableStream)) outgoing.end(body);
    else {
      const source = Readable.fromWeb(body);
      // A registry may refuse before it has read everything.
      source.once('error', (error) => outgoing.destroy(error)).pipe(outgoing);
      outgoing.once('close', () => source.destroy());
    }
  });
  const status = incoming.statusCode ?? 0;
  const answer = { status, headers: headersOf(incoming) };
  if (method === 'HEAD' || bodyless.has(status)) {
    incoming.resume();
    return new Response(null, answer);
  }
  const length = Number(incoming.headers['content-length'] ?? Number.NaN);
  if (status >= 400 || length <= wholeBytes) {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    return new Response(Buffer.concat(parts), answer);
  }
  return new Response(Readable.toWeb(incoming) as ReadableStream<Uint8Array>, answer);
}

function headersOf(incoming: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct)) {
    for (const each of value ?? []) headers.append(name, each);
  }
  return headers;
}
