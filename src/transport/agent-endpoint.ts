import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../core/clock.ts';
import { KdevError, messageOf } from '../core/error.ts';
import type {
  Applied,
  Batch,
  Endpoint,
  EndpointEvent,
  Listed,
  Restarted,
  Welcome,
} from '../core/ports/endpoint.ts';
import type { Ran, RunCommand } from '../core/run-command.ts';
import { encodeMessage } from '../wire/frame.ts';
import type { FrameDecoder } from '../wire/frame-decoder.ts';
import type { AgentMessage, ClientMessage } from '../wire/messages.ts';
import { parseAgentMessage } from '../wire/parse-agent-message.ts';
import { notApplied, refusal, refusedRequest } from './agent-error.ts';
import { BatchSender } from './batch-sender.ts';
import { Deltas } from './delta.ts';
import { linkLost } from './link-error.ts';

type MessageOf<T extends AgentMessage['type']> = Extract<AgentMessage, { type: T }>;

/** Without any byte of an answer for this long while the agent owes one, the connection is dead, ms. */
const silenceMs = 5_000;
/** How often an agent that owes an answer is asked for a sign of life, ms. */
const pingMs = 1_000;

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: KdevError) => void;
}

/** The agent as an `Endpoint`, over a channel on which `hello` was answered by `welcome`. */
export class AgentEndpoint implements Endpoint {
  readonly welcome: Welcome;
  readonly closed: Promise<KdevError>;
  readonly #channel: Duplex;
  readonly #clock: Clock;
  readonly #forward: (port: number) => Promise<Duplex>;
  readonly #end: () => void;
  readonly #listeners = new Set<(event: EndpointEvent) => void>();
  readonly #acks: Waiting<MessageOf<'ack'>>[] = [];
  readonly #results = new Map<number, Waiting<Extract<MessageOf<'result'>, { ok: true }>>>();
  readonly #output = new Map<number, (line: string) => void>();
  readonly #listings = new Map<number, Waiting<readonly Listed[]> & { readonly entries: Listed[] }>();
  #setClosed: (why: KdevError) => void = () => undefined;
  #nextId = 1;
  readonly #sender: BatchSender;
  readonly #deltas: Deltas;
  readonly #sums = new Map<number, Waiting<Buffer>>();
  /** Signs of life that were asked for in vain, one after the other. */
  #unanswered = 0;
  #cancelWatch: (() => void) | undefined;
  #lost: KdevError | undefined;

  constructor(options: {
    readonly welcome: Welcome;
    readonly channel: Duplex;
    /** Frames that came behind `welcome`. */
    readonly decoder: FrameDecoder;
    readonly forward: (port: number) => Promise<Duplex>;
    /** Ends what the channel runs on. */
    readonly end: () => void;
    /** Why that has ended, where it is known. */
    readonly whyEnded?: () => string | undefined;
    readonly clock?: Clock;
  }) {
    const { channel, decoder, clock = systemClock } = options;
    this.welcome = options.welcome;
    this.#channel = channel;
    this.#clock = clock;
    this.#forward = options.forward;
    this.#end = options.end;
    this.#deltas = new Deltas((path) => this.#askSums(path));
    this.#sender = new BatchSender(
      (bytes) => this.#write(bytes),
      this.#deltas,
      () => clock.monotonic(),
    );
    this.closed = new Promise((resolve) => {
      this.#setClosed = resolve;
    });
    channel.on('data', (chunk: Buffer) => this.#read(decoder, chunk));
    channel.on('error', (error: Error) => this.#lose(messageOf(error)));
    const onClose = (): void => this.#lose(options.whyEnded?.() ?? 'the other side closed it');
    channel.on('close', onClose).on('end', onClose);
    // What came right behind the welcome is in the decoder; whoever gets this endpoint listens by then.
    setImmediate(() => {
      this.#read(decoder, Buffer.alloc(0));
      channel.resume();
    });
  }

  async apply(batch: Batch): Promise<Applied> {
    const start = this.#clock.monotonic();
    const answer = this.#expect<MessageOf<'ack'>>((waiting) => this.#acks.push(waiting));
    let sendMs = 0;
    const sent = this.#sender.send(batch).finally(() => {
      sendMs = this.#clock.monotonic() - start;
    });
    // Whichever fails, both do: a batch that could not be written gets no answer.
    const [bytes, ack] = await Promise.all([sent, answer]);
    const { incarnation, digest, revision, applyMs } = ack;
    const sendWhole = ack.problems.filter(({ code }) => code === 'send-whole').map(({ path }) => path);
    for (const path of sendWhole) this.#deltas.forget(path);
    const problems = ack.problems.filter(({ code }) => code !== 'send-whole');
    const lacking = sendWhole.length > 0 ? { sendWhole } : {};
    return { seq: batch.seq, incarnation, digest, revision, bytes, sendMs, applyMs, problems, ...lacking };
  }

  list(): Promise<readonly Listed[]> {
    const id = this.#nextId++;
    const answer = this.#expect<readonly Listed[]>((waiting) =>
      this.#listings.set(id, { ...waiting, entries: [] }),
    );
    this.#send({ type: 'list', id });
    return answer;
  }

  async verify(): Promise<string> {
    const { digest } = await this.#ask((id) => ({ type: 'verify', id }));
    return digest ?? '';
  }

  async open(): Promise<void> {
    await this.#ask((id) => ({ type: 'open', id }));
  }

  async restart({ graceMs }: { readonly graceMs: number }): Promise<Restarted> {
    const {
      oldPid = 0,
      newPid = 0,
      killed = 0,
      ms = 0,
    } = await this.#ask((id) => ({ type: 'restart', id, graceMs }));
    return { oldPid, newPid, killed, ms };
  }

  async run(run: RunCommand, onOutput: (line: string) => void): Promise<Ran> {
    let mine = 0;
    try {
      const answer = await this.#ask((id) => {
        mine = id;
        this.#output.set(id, onOutput);
        return { type: 'run', id, run };
      });
      const { exitCode = 0, timedOut = false, tail = [], ms = 0 } = answer;
      return { exitCode, timedOut, tail, ms };
    } finally {
      this.#output.delete(mine);
    }
  }

  forward(port: number): Promise<Duplex> {
    return this.#lost ? Promise.reject(this.#lost) : this.#forward(port);
  }

  listen(listener: (event: EndpointEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#lose('it was closed here');
  }

  #ask(message: (id: number) => ClientMessage): Promise<Extract<MessageOf<'result'>, { ok: true }>> {
    const id = this.#nextId++;
    const answer = this.#expect<Extract<MessageOf<'result'>, { ok: true }>>((waiting) =>
      this.#results.set(id, waiting),
    );
    this.#send(message(id));
    return answer;
  }

  /** Everything that the agent owes an answer to. */
  get #waiting(): readonly Pick<Waiting<never>, 'reject'>[] {
    return [...this.#acks, ...this.#results.values(), ...this.#listings.values(), ...this.#sums.values()];
  }

  #askSums(path: string): Promise<Buffer> {
    const id = this.#nextId++;
    const answer = this.#expect<Buffer>((waiting) => this.#sums.set(id, waiting));
    this.#send({ type: 'sums', id, path });
    return answer;
  }

  #expect<T>(register: (waiting: Waiting<T>) => void): Promise<T> {
    if (this.#lost) return Promise.reject(this.#lost);
    const answer = new Promise<T>((resolve, reject) => register({ resolve, reject }));
    if (this.#cancelWatch === undefined) {
      this.#unanswered = 0;
      this.#watchSilence();
    }
    return answer;
  }

  #send(message: ClientMessage): void {
    this.#write(encodeMessage(message));
  }

  #write(bytes: Uint8Array): void {
    // What is in flight is bounded by the credits, not by the stream's own buffer.
    if (this.#lost === undefined) this.#channel.write(bytes);
  }

  #read(decoder: FrameDecoder, chunk: Buffer): void {
    if (this.#lost) return;
    let unasked = 0;
    let answers = 0;
    try {
      for (const frame of decoder.push(chunk)) {
        if (frame.type !== 'message') continue;
        const message = parseAgentMessage(frame.json);
        if (isUnasked(message)) unasked += 1;
        else answers += 1;
        this.#take(message);
      }
      // An app that prints all day is no sign that what was sent gets on.
      if (answers > 0 || unasked === 0) this.#unanswered = 0;
    } catch (error) {
      this.#lose(messageOf(error), error instanceof KdevError ? error : undefined);
    }
  }

  #take(message: AgentMessage): void {
    switch (message.type) {
      case 'ack':
        this.#acks.shift()?.resolve(message);
        break;
      case 'nack':
        this.#acks.shift()?.reject(notApplied(message));
        break;
      case 'listing': {
        const listing = this.#listings.get(message.id);
        listing?.entries.push(...message.entries);
        if (!message.last) break;
        this.#listings.delete(message.id);
        listing?.resolve(listing.entries);
        break;
      }
      case 'result': {
        // An agent that cannot list answers with a result.
        const { id } = message;
        if (message.ok) this.#results.get(id)?.resolve(message);
        // An agent that cannot list says so with a result.
        else (this.#results.get(id) ?? this.#listings.get(id))?.reject(refusedRequest(message));
        this.#results.delete(id);
        this.#listings.delete(id);
        break;
      }
      case 'sums':
        this.#sums.get(message.id)?.resolve(Buffer.from(message.sums, 'base64'));
        this.#sums.delete(message.id);
        break;
      case 'output':
        this.#output.get(message.id)?.(message.line);
        break;
      case 'credit':
        this.#sender.credit(message.bytes);
        break;
      case 'incarnation':
      case 'gone':
      case 'app':
        for (const listener of this.#listeners) listener(message);
        break;
      case 'refused':
        this.#lose(message.message, refusal(message));
        break;
      case 'welcome':
        break;
      default:
        message satisfies never;
    }
  }

  #watchSilence(): void {
    this.#cancelWatch = this.#clock.after(pingMs, () => {
      this.#cancelWatch = undefined;
      if (this.#lost || this.#waiting.length === 0) return;
      // Counted and not timed: a laptop that was busy or asleep has not listened in that time.
      this.#unanswered += 1;
      if (this.#unanswered * pingMs > silenceMs) {
        this.#lose(`the agent gave no sign of life for ${silenceMs / 1_000} s`);
        return;
      }
      this.#send({ type: 'ping', id: 0 });
      this.#watchSilence();
    });
  }

  #lose(why: string, error: KdevError = linkLost(why)): void {
    if (this.#lost) return;
    this.#lost = error;
    this.#cancelWatch?.();
    this.#sender.stop(error);
    for (const waiting of this.#waiting) waiting.reject(error);
    this.#acks.length = 0;
    this.#results.clear();
    this.#listings.clear();
    this.#sums.clear();
    this.#end();
    this.#setClosed(error);
  }
}

/** What the agent says without being asked. */
function isUnasked({ type }: AgentMessage): boolean {
  return type === 'app' || type === 'output' || type === 'incarnation' || type === 'gone';
}
