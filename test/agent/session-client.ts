import { createHash } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import type { PathProblem } from '../../src/core/replica-facts.ts';
import { encodeDataHeader, encodeMessage } from '../../src/wire/frame.ts';
import { FrameDecoder } from '../../src/wire/frame-decoder.ts';
import {
  type AgentMessage,
  type BatchEntry,
  type ClientMessage,
  type MappingFacts,
  protocolVersion,
} from '../../src/wire/messages.ts';
import { parseAgentMessage } from '../../src/wire/parse-agent-message.ts';
import { waitFor } from './wait-for.ts';

type Of<Type extends AgentMessage['type']> = Extract<AgentMessage, { type: Type }>;
type Listed = Of<'listing'>['entries'][number];

/** An entry of a batch and, for a file, its content. */
export interface Item {
  readonly entry: BatchEntry;
  readonly content?: Buffer;
}

export const appMapping: readonly MappingFacts[] = [{ path: '/app', kind: 'dir' }];

/** A session that speaks frames itself and shares with kdev's own only their encoding. */
export class SessionClient {
  readonly received: AgentMessage[] = [];
  closed = false;
  readonly socket: Socket;
  #lastId = 0;

  constructor(file: string) {
    const decoder = new FrameDecoder();
    this.socket = createConnection(file);
    this.socket.on('data', (chunk: Buffer) => {
      for (const frame of decoder.push(chunk)) {
        if (frame.type === 'message') this.received.push(parseAgentMessage(frame.json));
      }
    });
    this.socket.on('error', () => undefined);
    this.socket.once('close', () => {
      this.closed = true;
    });
  }

  send(message: ClientMessage): void {
    this.socket.write(encodeMessage(message));
  }

  /** The next message of a type, in the order of arrival; a refusal instead of it is an error. */
  async next<Type extends AgentMessage['type']>(
    type: Type,
    fits: (message: Of<Type>) => boolean = () => true,
  ): Promise<Of<Type>> {
    return waitFor(`a message of type ${type}`, () => {
      const at = this.received.findIndex((message) => message.type === type && fits(message as Of<Type>));
      if (at !== -1) return this.received.splice(at, 1)[0] as Of<Type>;
      const refused = this.received.find((message) => message.type === 'refused');
      if (refused !== undefined) throw new Error(`refused: ${JSON.stringify(refused)}`);
      if (this.closed) throw new Error(`closed while waiting for ${type}`);
      return undefined;
    });
  }

  async hello(term = 1, mappings = appMapping, container = 'app'): Promise<Of<'welcome'>> {
    this.send({ type: 'hello', protocol: protocolVersion, version: 'test', term, container, mappings });
    return this.next('welcome');
  }

  /** Hello to an agent whose container has just registered: waits until its replay is over. */
  async helloAlive(term = 1, container = 'app'): Promise<void> {
    const { incarnation } = await this.hello(term, appMapping, container);
    if (incarnation === undefined) await this.next('incarnation');
  }

  async apply(seq: number, items: readonly Item[], restart?: boolean): Promise<Of<'ack'>> {
    this.socket.write(encodeBatch(seq, items, restart));
    return this.next('ack', (ack) => ack.seq === seq);
  }

  async list(): Promise<{ readonly entries: readonly Listed[]; readonly problems: readonly PathProblem[] }> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.send({ type: 'list', id });
    const entries: Listed[] = [];
    for (;;) {
      const part = await this.next('listing', (listing) => listing.id === id);
      entries.push(...part.entries);
      if (part.last) return { entries, problems: part.problems };
    }
  }

  async request(
    request:
      | { readonly type: 'verify' | 'open' | 'ping' }
      | { readonly type: 'restart'; readonly graceMs: number },
  ): Promise<Of<'result'>> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.send({ ...request, id });
    return this.next('result', (result) => result.id === id);
  }

  close(): void {
    this.socket.destroy();
  }
}

export function encodeBatch(seq: number, items: readonly Item[], restart?: boolean): Buffer {
  const parts = [encodeMessage({ type: 'batch', seq, entries: items.map((item) => item.entry) })];
  for (const [index, { content }] of items.entries()) {
    for (let at = 0; content !== undefined && at < content.length; at += 262_144) {
      const piece = content.subarray(at, at + 262_144);
      parts.push(encodeDataHeader(index, piece.length), piece);
    }
  }
  parts.push(encodeMessage({ type: 'commit', seq, ...(restart !== undefined && { restart }) }));
  return Buffer.concat(parts);
}

export function file(
  path: string,
  text: string | Buffer,
  facts: { readonly exec?: boolean; readonly mode?: number } = {},
): Item {
  const content = Buffer.from(text);
  const digest = createHash('sha256').update(content).digest('hex');
  const { exec = false, mode = 0o644 } = facts;
  return { entry: { op: 'file', path, size: content.length, exec, digest, mode }, content };
}

export const link = (path: string, target: string): Item => ({ entry: { op: 'link', path, target } });
export const dir = (path: string, mode = 0o755): Item => ({ entry: { op: 'dir', path, mode } });
export const remove = (path: string): Item => ({ entry: { op: 'delete', path } });
