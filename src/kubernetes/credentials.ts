import type { Agent, RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { KdevError, messageOf } from '../core/error.ts';

/** What every request carries. The agent keeps connections open, so that a call costs one round trip. */
export interface Credentials {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** Shorter than any API server's or load balancer's own idle limit, so that a reused connection is alive. */
const idleConnectionMs = 30_000;

export interface CredentialStore {
  current(): Promise<Credentials>;
  /** After a 401: asks the credential plugin, token file or identity provider again. One call for all who wait. */
  renew(refused: Credentials): Promise<Credentials>;
  /** Ends connections that wait to be used again: what is sent on one that died unseen is answered by nobody. */
  dropIdle(): void;
}

/** @throws `kubeconfig-invalid` when a file is missing, `cluster-unauthorized` when a credential plugin fails. */
export function createCredentialStore(copyKubeconfig: () => KubeConfig): CredentialStore {
  let held: Promise<Credentials> | undefined;
  let value: Credentials | undefined;
  const load = (): Promise<Credentials> => {
    const attempt = readCredentials(copyKubeconfig()).then((credentials) => {
      value = credentials;
      return credentials;
    });
    held = attempt;
    attempt.catch(() => {
      if (held === attempt) held = undefined;
    });
    return attempt;
  };
  return {
    current: () => held ?? load(),
    renew: (refused) => (value === refused || held === undefined ? load() : held),
    dropIdle: () => {
      for (const sockets of Object.values(value?.agent.freeSockets ?? {}))
        for (const socket of sockets ?? []) socket.destroy();
    },
  };
}

async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    throw credentialError(config, cause);
  }
  const agent = options.agent as Agent & { keepAlive: boolean; options: { timeout?: number } };
  agent.keepAlive = true;
  agent.options.timeout = idleConnectionMs;
  const headers: Record<string, string> = {};
  for (const [name, header] of Object.entries(options.headers ?? {})) headers[name] = String(header);
  if (typeof options.auth === 'string') {
    headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return { agent, headers };
}

function credentialError(config: KubeConfig, cause: unknown): KdevError {
  const why = `${messageOf(cause).trim()}.`;
  const plugin = (config.getCurrentUser()?.exec as { command?: string } | undefined)?.command;
  if (plugin !== undefined) {
    return new KdevError({
      code: 'cluster-unauthorized',
      fault: 'environment',
      what: `The credential plugin "${plugin}" of context "${config.getCurrentContext()}" failed.`,
      why,
      cure: `Run "${plugin}" by hand to see what it lacks, or log in again.`,
      cause,
    });
  }
  return new KdevError({
    code: 'kubeconfig-invalid',
    fault: 'user',
    what: `The credentials of context "${config.getCurrentContext()}" cannot be read.`,
    why,
    cure: 'Correct the user entry of the kubeconfig, or choose another context with --context NAME.',
    cause,
  });
}
