import type { Socket } from 'node:net';
import type { Clock } from '../../src/core/clock.ts';
import { KdevError, messageOf } from '../../src/core/error.ts';
import type { Frame } from '../../src/wire/frame.ts';
import type { AgentMessage, ClientMessage, MappingFacts } from '../../src/wire/messages.ts';
import { parseClientMessage } from '../../src/wire/parse-client-message.ts';
import { wireError } from '../../src/wire/wire-error.ts';
import type { ListedPath } from '../replica/list-tree.ts';
import type { Replica } from '../replica/replica.ts';
import type { RestarterResult } from '../restarters/restarter-link.ts';
import { IncomingBatch } from './incoming-batch.ts';
import { MessageChannel } from './message-channel.ts';

export type Hello = Extract<ClientMessage, { type: 'hello' }>;
export type Refusal = Omit<Extract<AgentMessage, { type: 'refused' }>, 'type'>;

export interface SessionConnectionOptions {
  readonly socket: Socket;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Admits a hello: the replica it is for, or why not. */
  readonly admit: (hello: Hello, connection: SessionConnection) => Replica | Refusal;
  readonly welcome: (replica: Replica) => AgentMessage;
  readonly onClose: (connection: SessionConnection) => void;
}

/** Credits are given in portions of so many bytes. */
const creditBytes = 64 * 1024;
/** A listing's message is sent when its paths have about so many characters. */
const listingChars = 128 * 1024;

/** One connection of a session: hello, then batches and requests for one app container. */
export class SessionConnection {
  readonly #options: SessionConnectionOptions;
  readonly #channel: MessageChannel;
  #replica: Replica | undefined;
  #mappings: readonly MappingFacts[] = [];
  #term = 0;
  #batch: IncomingBatch | undefined;
  #uncredited = 0;
  readonly #atEnd: (() => void)[] = [];

  constructor(options: SessionConnectionOptions) {
    this.#options = options;
    this.#channel = new MessageChannel({
      socket: options.socket,
      clock: options.clock,
      onFrame: (frame) => this.#receive(frame),
      onError: (thrown) => this.#fail(thrown),
      onClose: () => this.#close(),
    });
  }

  get term(): number {
    return this.#term;
  }

  get replica(): Replica | undefined {
    return this.#replica;
  }

  /** Ends the connection with a reason. */
  refuse(refusal: Refusal): void {
    this.#channel.end({ type: 'refused', ...refusal });
    this.#close();
  }

  #receive(frame: Frame): Promise<void> | undefined {
    if (frame.type === 'data') {
      this.#receiveData(frame.index, frame.bytes, frame.wireBytes);
      return undefined;
    }
    const message = parseClientMessage(frame.json);
    if (message.type === 'hello') return this.#hello(message);
    const replica = this.#replica;
    if (replica === undefined) throw wireError(`${message.type} before hello`);
    switch (message.type) {
      case 'batch':
        this.#begin(replica, message.seq).add(message.entries);
        return undefined;
      case 'commit':
        return this.#commit(replica, message);
      case 'list':
        return this.#list(replica, message.id);
      case 'verify':
        return this.#verify(replica, message.id);
      case 'open':
        this.#answer(message.id, replica.open());
        return undefined;
      case 'restart':
        this.#answer(message.id, replica.restart(message.graceMs));
        return undefined;
      case 'run':
        this.#answer(
          message.id,
          replica.run(message.run, (line) => this.#channel.send({ type: 'output', id: message.id, line })),
        );
        return undefined;
      case 'sums':
        return this.#sums(replica, message.id, message.path);
      case 'ping':
        this.#channel.send({ type: 'result', id: message.id, ok: true });
        return undefined;
      default:
        return message satisfies never;
    }
  }

  async #hello(hello: Hello): Promise<void> {
    if (this.#replica !== undefined) throw wireError('a second hello');
    const admitted = this.#options.admit(hello, this);
    if ('code' in admitted) {
      this.refuse(admitted);
      return;
    }
    this.#replica = admitted;
    this.#term = hello.term;
    this.#mappings = hello.mappings;
    const leave = await admitted.join(hello.mappings, hello.term);
    this.#atEnd.push(leave);
    if (this.#channel.closed) {
      this.#close();
      return;
    }
    this.#atEnd.push(admitted.listen((event) => this.#channel.send(event)));
    this.#channel.send(this.#options.welcome(admitted));
  }

  #receiveData(index: number, bytes: Buffer, wireBytes: number): void {
    if (this.#batch === undefined) throw wireError('content outside of a batch');
    this.#batch.receive(index, bytes);
    this.#uncredited += wireBytes;
    if (this.#uncredited >= creditBytes) this.#credit();
  }

  #credit(): void {
    if (this.#uncredited > 0) this.#channel.send({ type: 'credit', bytes: this.#uncredited });
    this.#uncredited = 0;
  }

  #begin(replica: Replica, seq: number): IncomingBatch {
    this.#batch ??= new IncomingBatch(seq, replica.files, (path) => replica.managedAt(path));
    if (this.#batch.seq !== seq)
      throw wireError(`batch ${seq} before the commit of batch ${this.#batch.seq}`);
    return this.#batch;
  }

  async #commit(replica: Replica, message: Extract<ClientMessage, { type: 'commit' }>): Promise<void> {
    const { seq, restart = false, runs = [] } = message;
    const batch = this.#batch;
    if (batch?.seq !== seq) throw wireError(`commit of batch ${seq}, which was not begun`);
    this.#batch = undefined;
    this.#credit();
    const committedAt = performance.now();
    const term = this.#term;
    const committed = await batch
      .finish()
      .then(() => replica.commit(batch, { term, seq }, { restart, runs }))
      .finally(() => batch.discard());
    const { incarnation, digest, revision } = replica.state;
    if (!committed.ok || incarnation === undefined) {
      const { code, message } = committed.ok ? unserved : committed;
      this.#channel.send({ type: 'nack', term, seq, code, message });
      return;
    }
    this.#channel.send({
      type: 'ack',
      term,
      seq,
      incarnation,
      digest,
      revision,
      receiveMs: rounded(committedAt - batch.beganAt),
      applyMs: rounded(performance.now() - committedAt),
      problems: committed.problems,
    });
  }

  async #list(replica: Replica, id: number): Promise<void> {
    let entries: ListedPath[] = [];
    let chars = 0;
    const emit = (listed: ListedPath): void => {
      entries.push(listed);
      chars += listed.path.length + 160;
      if (chars < listingChars) return;
      this.#channel.send({ type: 'listing', id, entries, last: false, problems: [] });
      entries = [];
      chars = 0;
    };
    const drained = (): Promise<void> => this.#channel.drained();
    const problems = await replica.list({ mappings: this.#mappings, emit, drained });
    if (problems === undefined) {
      this.#channel.send({ type: 'result', id, ok: false, ...unserved });
      return;
    }
    // So many that one message could not hold them say nothing that the first ones do not.
    this.#channel.send({ type: 'listing', id, entries, last: true, problems: problems.slice(0, 500) });
  }

  async #sums(replica: Replica, id: number, path: string): Promise<void> {
    const sums = await replica.sums(path);
    this.#channel.send({ type: 'sums', id, sums: sums.toString('base64') });
  }

  async #verify(replica: Replica, id: number): Promise<void> {
    const digest = await replica.verify();
    if (digest === undefined) this.#channel.send({ type: 'result', id, ok: false, ...unserved });
    else this.#channel.send({ type: 'result', id, ok: true, digest });
  }

  /** Answers when the restarter does; batches do not wait for that. */
  #answer(id: number, asked: Promise<RestarterResult>): void {
    this.#channel
      .during(asked)
      .then((result) => {
        if (!result.ok) {
          this.#channel.send({ type: 'result', id, ok: false, code: result.code, message: result.message });
          return;
        }
        const { ok, pid, ...facts } = result;
        this.#channel.send({ type: 'result', id, ok, ...(pid !== undefined && { newPid: pid }), ...facts });
      })
      .catch((thrown: unknown) => this.#fail(thrown));
  }

  #fail(thrown: unknown): void {
    if (!(thrown instanceof KdevError)) {
      this.#options.log(
        `a session’s connection failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`,
      );
    }
    this.refuse({ code: 'malformed', message: messageOf(thrown) });
  }

  #close(): void {
    this.#batch?.discard();
    this.#batch = undefined;
    for (const end of this.#atEnd.splice(0)) end();
    this.#options.onClose(this);
  }
}

const unserved = { code: 'no-incarnation', message: 'The container does not run.' } as const;

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
