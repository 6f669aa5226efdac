import type { RegistryCredentials, RegistryLogin } from '../core/ports/registry-credentials.ts';
import { type Challenge, readChallenge } from './challenge.ts';

/** A token that says nothing of its end lasts so long, s (distribution token specification). */
const shortestLife = 60;
/** A token is not used in its last moments, s. */
const marginSeconds = 5;

/** What a request is about: the same answer may be given to two that are equal in it. */
export interface Scope {
  /** Absent = the registry as a whole. */
  readonly repository?: string | undefined;
  readonly writes: boolean;
}

/** Asks a token server; only as much of a request as that takes. */
export type AskToken = (
  method: 'GET' | 'POST',
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  signal: AbortSignal,
) => Promise<Response>;

/** The `authorization` headers of requests to one registry. */
export interface Authoriser {
  /** What was found to be right for such a request before. */
  known(scope: Scope): string | undefined;
  /** After a 401: undefined where nobody can say who to be, or the token server refuses. */
  answer(refusal: Response, scope: Scope, signal: AbortSignal): Promise<string | undefined>;
}

export function createAuthoriser(options: {
  readonly host: string;
  readonly credentials: RegistryCredentials;
  readonly askToken: AskToken;
}): Authoriser {
  const { askToken, credentials, host } = options;
  const found = new Map<string, { readonly header: string; readonly until: number }>();
  const keyOf = ({ repository = '', writes }: Scope): string => `${repository} ${writes}`;
  return {
    known(scope) {
      const entry = found.get(keyOf(scope)) ?? found.get('basic');
      return entry && entry.until > performance.now() ? entry.header : undefined;
    },
    async answer(refusal, scope, signal) {
      const challenge = readChallenge(refusal.headers.get('www-authenticate'));
      const login = await credentials.find(host, signal);
      if (challenge?.scheme === 'basic') {
        if (!login || !('password' in login)) return undefined;
        const header = basic(login);
        found.set('basic', { header, until: Number.POSITIVE_INFINITY });
        return header;
      }
      if (challenge?.scheme !== 'bearer') return undefined;
      const token = await fetchToken(askToken, challenge, login, scope, signal);
      if (!token) return undefined;
      const header = `Bearer ${token.text}`;
      found.set(keyOf(scope), { header, until: performance.now() + (token.seconds - marginSeconds) * 1000 });
      return header;
    },
  };
}

function basic({ password, username }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function fetchToken(
  ask: AskToken,
  challenge: Challenge & { readonly scheme: 'bearer' },
  login: RegistryLogin | undefined,
  scope: Scope,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly seconds: number } | undefined> {
  const url = new URL(challenge.realm);
  const wanted = challenge.scope ?? scopeText(scope);
  const facts: [string, string][] = [
    ...(challenge.service === undefined ? [] : [['service', challenge.service] as [string, string]]),
    ...(wanted === undefined ? [] : [['scope', wanted] as [string, string]]),
  ];
  let answer: Response;
  if (login && 'identityToken' in login) {
    const form = new URLSearchParams([
      ['grant_type', 'refresh_token'],
      ['client_id', 'kdev'],
      ['refresh_token', login.identityToken],
      ...facts,
    ]);
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    answer = await ask('POST', url, type, form.toString(), signal);
  } else {
    for (const [name, value] of facts) url.searchParams.set(name, value);
    answer = await ask('GET', url, login ? { authorization: basic(login) } : {}, undefined, signal);
  }
  if (!answer.ok) return undefined;
  const document = (await answer.json()) as {
    readonly token?: string;
    readonly access_token?: string;
    readonly expires_in?: number;
  };
  const text = document.token ?? document.access_token;
  return text === undefined ? undefined : { text, seconds: document.expires_in ?? shortestLife };
}

function scopeText({ repository, writes }: Scope): string | undefined {
  return repository === undefined ? undefined : `repository:${repository}:pull${writes ? ',push' : ''}`;
}
