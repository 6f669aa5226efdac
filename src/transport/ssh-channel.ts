import type { Duplex } from 'node:stream';
import { Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { KdevError, messageOf } from '../core/error.ts';
import { podLayout } from '../core/pod-layout.ts';
import { agentSilent, linkLost } from './link-error.ts';

export interface SshOptions {
  /** Leads to the sidecar's sshd; ended together with the connection. */
  readonly stream: Duplex;
  /** The only host key that is accepted, as one line in OpenSSH's format. */
  readonly hostKey: string;
  /** Private key, OpenSSH format. */
  readonly clientKey: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface SshConnection {
  readonly client: Client;
  /** The agent's subsystem. */
  readonly channel: ClientChannel;
  /** Why the connection has ended; undefined while it stands, and where the other side ended it in order. */
  whyEnded(): string | undefined;
}

/** A laptop that slept or a link that drops packets is noticed after so many of these, ms. */
const keepaliveMs = 2_000;
const keepaliveCount = 2;

/**
 * Logs in to the sidecar's sshd and opens the channel to the agent.
 *
 * @throws `ssh-host-key`, `ssh-auth`, `link-lost`; the signal's reason
 */
export async function openSshChannel(options: SshOptions): Promise<SshConnection> {
  const { stream, signal } = options;
  const client = new Client();
  // Errors after this function has ended come with a `close`, which is what everybody listens to.
  let why: string | undefined;
  client.on('error', (error: Error & { level?: string }) => {
    why ??=
      error.level === 'client-timeout'
        ? `no packet came back for ${(keepaliveMs * keepaliveCount) / 1_000} s`
        : messageOf(error);
  });
  const end = (): void => {
    client.destroy();
    stream.destroy();
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    await logIn(client, options);
    return { client, channel: await openSubsystem(client, options.deadlineMs), whyEnded: () => why };
  } catch (error) {
    end();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

function logIn(client: Client, { stream, hostKey, clientKey, deadlineMs }: SshOptions): Promise<void> {
  const pinned = Buffer.from(hostKey.split(' ')[1] ?? '', 'base64');
  let otherKey = false;
  const config: ConnectConfig = {
    sock: stream,
    username: podLayout.sshUser,
    privateKey: clientKey,
    hostVerifier: (key: Buffer) => {
      otherKey = !key.equals(pinned);
      return !otherKey;
    },
    algorithms: { cipher: ['aes128-gcm@openssh.com'], compress: ['none'], serverHostKey: ['ssh-ed25519'] },
    readyTimeout: deadlineMs,
    keepaliveInterval: keepaliveMs,
    keepaliveCountMax: keepaliveCount,
  };
  return new Promise((resolve, reject) => {
    client.once('ready', () => {
      client.setNoDelay(true);
      resolve();
    });
    client.once('error', (error: Error & { level?: string }) => {
      if (error.level === 'client-timeout') reject(agentSilent('log the session in (sshd)', deadlineMs));
      else if (otherKey) reject(hostKeyError());
      else if (error.level === 'client-authentication') reject(authError(error));
      else reject(linkLost(messageOf(error), error));
    });
    client.once('close', () => reject(linkLost('it ended before the login was over')));
    client.connect(config);
  });
}

function openSubsystem(client: Client, deadlineMs: number): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(agentSilent('open its channel', deadlineMs)), deadlineMs);
    const settle = (run: () => void): void => {
      clearTimeout(timer);
      run();
    };
    client.once('close', () =>
      settle(() => reject(linkLost('it ended before the agent’s channel was open'))),
    );
    client.subsys(podLayout.sshSubsystem, (error, channel) =>
      settle(() => {
        if (error) reject(linkLost(`sshd opens no channel to the agent (${messageOf(error)})`, error));
        else resolve(channel);
      }),
    );
  });
}

function hostKeyError(): KdevError {
  return new KdevError({
    code: 'ssh-host-key',
    fault: 'environment',
    what: 'The pod’s sshd has another host key than the workload’s Secret names.',
    why: 'The pod was started before the Secret was made anew, or something else answers on its port.',
    cure: 'Delete the pod, so that a new one starts with the present key: kubectl delete pod',
  });
}

function authError(cause: Error): KdevError {
  return new KdevError({
    code: 'ssh-auth',
    fault: 'environment',
    what: 'The pod’s sshd does not accept the key of the workload’s Secret.',
    why: `The pod was started before the Secret was made anew (${cause.message}).`,
    cure: 'Delete the pod, so that a new one starts with the present key: kubectl delete pod',
    cause,
  });
}
