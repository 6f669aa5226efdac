import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { Endpoint } from '../core/ports/endpoint.ts';
import { encodeMessage } from '../wire/frame.ts';
import { FrameDecoder } from '../wire/frame-decoder.ts';
import { type AgentMessage, type MappingFacts, protocolVersion } from '../wire/messages.ts';
import { parseAgentMessage } from '../wire/parse-agent-message.ts';
import { AgentEndpoint } from './agent-endpoint.ts';
import { refusal } from './agent-error.ts';
import { agentSilent, linkLost } from './link-error.ts';
import { PairedEndpoint } from './paired-endpoint.ts';
import { openSshChannel, type SshOptions } from './ssh-channel.ts';

/** How a session introduces itself. */
export interface Hello {
  readonly version: string;
  readonly term: number;
  readonly container: string;
  readonly mappings: readonly MappingFacts[];
}

export interface ConnectOptions extends SshOptions {
  readonly hello: Hello;
  /** A second stream to the same sshd, for bulk; asked for when there is some. Without it bulk goes with the rest. */
  readonly again?: () => Promise<Duplex>;
}

/**
 * From a byte stream to a pod's sshd to an `Endpoint` for one of its app containers.
 *
 * @throws `ssh-host-key`, `ssh-auth`, `link-lost`, `agent-silent`, `agent-protocol`, `session-superseded`; the
 * signal's reason
 */
export async function connect({ again, ...options }: ConnectOptions): Promise<Endpoint> {
  const main = await connectOnce(options);
  if (again === undefined) return main;
  // Dialling `main` could be called off; what follows ends with it.
  const { signal: _, ...others } = options;
  return new PairedEndpoint(main, async () => connectOnce({ ...others, stream: await again() }));
}

async function connectOnce(options: SshOptions & { readonly hello: Hello }): Promise<Endpoint> {
  const { stream, signal } = options;
  const { client, channel, whyEnded } = await openSshChannel(options);
  channel.stderr.resume();
  const end = (): void => {
    client.end();
    stream.destroy();
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    return await greet({ ...options, channel, forward: (port) => forwardPort(client, port), end, whyEnded });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

function forwardPort(client: Client, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, (error, stream) => {
      if (error) reject(linkLost(`port ${port} of the pod does not answer`, error));
      else resolve(stream);
    });
  });
}

/** Says hello over a channel to the agent and waits for its welcome. Throws as `connect`. */
async function greet(options: {
  readonly channel: Duplex;
  readonly hello: Hello;
  readonly deadlineMs: number;
  readonly forward: (port: number) => Promise<Duplex>;
  readonly end: () => void;
  readonly whyEnded: () => string | undefined;
}): Promise<Endpoint> {
  const { channel, hello, deadlineMs, forward, end, whyEnded } = options;
  const decoder = new FrameDecoder();
  channel.write(encodeMessage({ type: 'hello', protocol: protocolVersion, ...hello }));
  try {
    const welcome = await firstMessage(channel, decoder, deadlineMs);
    if (welcome.type === 'refused') throw refusal(welcome);
    if (welcome.type !== 'welcome') throw linkLost(`the agent began with ${welcome.type}`);
    return new AgentEndpoint({ welcome, channel, decoder, forward, end, whyEnded });
  } catch (error) {
    end();
    throw error;
  }
}

function firstMessage(channel: Duplex, decoder: FrameDecoder, deadlineMs: number): Promise<AgentMessage> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      channel.off('data', onData).off('close', onClose).off('end', onClose).off('error', onClose);
      settle();
    };
    const onClose = (): void => finish(() => reject(linkLost('it ended before the agent said welcome')));
    const onData = (chunk: Buffer): void => {
      try {
        for (const frame of decoder.push(chunk)) {
          if (frame.type !== 'message') continue;
          const message = parseAgentMessage(frame.json);
          // A sign of life: the agent ends an earlier batch before it answers.
          if (message.type === 'credit') continue;
          // Nothing may come between this and the endpoint's own listener.
          channel.pause();
          finish(() => resolve(message));
          return;
        }
      } catch (error) {
        finish(() => reject(error instanceof Error ? error : linkLost(String(error))));
      }
    };
    const timer = setTimeout(() => finish(() => reject(agentSilent('say welcome', deadlineMs))), deadlineMs);
    channel.on('data', onData).on('close', onClose).on('end', onClose).on('error', onClose);
  });
}
