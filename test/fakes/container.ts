import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { TreeEntry } from '../../src/core/entry.ts';
import { KdevError } from '../../src/core/error.ts';
import type { Applied, Batch, Endpoint, EndpointEvent, Listed } from '../../src/core/ports/endpoint.ts';
import type { AppState, Incarnation } from '../../src/core/replica-facts.ts';
import { runTitle } from '../../src/core/run-command.ts';
import { TreeDigest } from '../../src/tree/tree-digest.ts';

/** One app container with its agent, in memory: what an `Endpoint` promises, with faults on demand. */
export class FakeContainer {
  readonly files = new Map<string, { entry: TreeEntry; known: boolean }>();
  readonly batches: Batch[] = [];
  /** Every start of the app, with the files that it saw. */
  readonly starts: ReadonlyMap<string, TreeEntry>[] = [];
  app: AppState = { state: 'waiting' };
  /** What the agent remembers of restarts that were not asked for yet. */
  restartOwed = false;
  gate: 'shut' | 'open' = 'shut';
  incarnation: Incarnation = { nonce: 'a'.repeat(32), pid: 100, startTime: '1' };
  /** The connection ends instead of the n-th batch's acknowledgement; the batch is applied or not. */
  cutAt: { batch: number; applied: boolean } | undefined;
  /** Commands that were run, and how the next one ends. */
  readonly runs: string[] = [];
  runExitCode = 0;
  /** What a command waits for before it ends. */
  runGate: Promise<void> = Promise.resolve();
  dials = 0;
  /** A restart takes until this is over. */
  grace: Promise<void> = Promise.resolve();
  /** The restarter's answer to a restart, if it refuses. */
  refusal: KdevError | undefined;
  #listeners = new Set<(event: EndpointEvent) => void>();
  #close: ((why: KdevError) => void) | undefined;

  dial = async (): Promise<Endpoint> => {
    this.dials += 1;
    let open = true;
    const closed = new Promise<KdevError>((resolve) => {
      this.#close = (why) => {
        open = false;
        resolve(why);
      };
    });
    const assertOpen = (): void => {
      if (!open) throw lost();
    };
    return {
      welcome: {
        term: 1,
        seq: 0,
        incarnation: this.incarnation,
        gate: this.gate,
        app: this.app,
        digest: this.digest(),
        stale: false,
        restartOwed: this.restartOwed,
      },
      closed,
      close: () => this.#close?.(lost()),
      apply: async (batch) => {
        await Promise.resolve();
        assertOpen();
        this.batches.push(batch);
        const cut = this.cutAt?.batch === this.batches.length ? this.cutAt : undefined;
        if (cut && !cut.applied) this.cut();
        assertOpen();
        const applied = this.#apply(batch);
        if (cut) this.cut();
        assertOpen();
        return applied;
      },
      list: async () => {
        assertOpen();
        return [...this.files].map(([path, { entry, known }]): Listed => ({ path, entry, known }));
      },
      verify: async () => this.digest(),
      open: async () => {
        if (this.gate === 'shut') this.start();
        this.gate = 'open';
      },
      restart: async () => {
        assertOpen();
        if (this.refusal !== undefined) throw this.refusal;
        const oldPid = this.app.pid ?? 0;
        await this.grace;
        assertOpen();
        this.start();
        return { oldPid, newPid: this.app.pid ?? 0, killed: 0, ms: 1 };
      },
      run: async (run, onOutput) => {
        assertOpen();
        this.runs.push(runTitle(run));
        onOutput('running');
        await this.runGate;
        assertOpen();
        const exitCode = this.runExitCode;
        return { exitCode, timedOut: false, tail: ['running'], ms: 1 };
      },
      forward: async () => new PassThrough(),
      listen: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  };

  cut(): void {
    this.#close?.(lost());
  }

  /** The app ends by itself. */
  crash(): void {
    this.app = { state: 'held', exit: { code: 1, signal: null } };
    this.#emit({ type: 'app', app: this.app, gate: this.gate, stale: false });
  }

  /** The container starts again from its image: files gone, gate shut. */
  beginNewLife(): void {
    this.files.clear();
    this.gate = 'shut';
    this.app = { state: 'waiting' };
    this.incarnation = { nonce: 'b'.repeat(32), pid: 200, startTime: '2' };
    const { incarnation } = this;
    this.#emit({ type: 'incarnation', incarnation, gate: 'shut', digest: this.digest(), replayed: 0 });
  }

  start(): void {
    this.starts.push(new Map([...this.files].map(([path, { entry }]) => [path, entry])));
    this.restartOwed = false;
    this.app = { state: 'running', pid: 1000 + this.starts.length };
    this.#emit({ type: 'app', app: this.app, gate: this.gate, stale: false });
  }

  digest(): string {
    const digest = new TreeDigest();
    for (const [path, { entry, known }] of this.files) if (known) digest.add(path, entry);
    return digest.toString();
  }

  #apply(batch: Batch): Applied {
    let bytes = 0;
    for (const item of batch.items) {
      switch (item.op) {
        case 'file': {
          const content = item.content as Uint8Array;
          bytes += content.length;
          this.files.set(item.path, { entry: fileEntry(content, item.entry.exec), known: true });
          break;
        }
        case 'link':
          this.files.set(item.path, { entry: { type: 'link', target: item.target }, known: true });
          break;
        case 'dir':
          this.files.set(item.path, { entry: { type: 'dir' }, known: true });
          break;
        case 'adopt':
          this.files.set(item.path, { entry: item.entry, known: true });
          break;
        case 'delete':
          for (const path of [...this.files.keys()]) {
            if (path === item.path || path.startsWith(`${item.path}/`)) this.files.delete(path);
          }
          break;
        default:
          item satisfies never;
      }
    }
    const { incarnation } = this;
    return {
      seq: batch.seq,
      incarnation,
      digest: this.digest(),
      bytes,
      sendMs: 0.1,
      applyMs: 0.1,
      problems: [],
    };
  }

  #emit(event: EndpointEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

export function fileEntry(content: Uint8Array, exec = false): Extract<TreeEntry, { type: 'file' }> {
  return {
    type: 'file',
    size: content.length,
    exec,
    digest: createHash('sha256').update(content).digest('hex'),
  };
}

function lost(): KdevError {
  return new KdevError({ code: 'link-lost', fault: 'environment', what: 'the connection ended' });
}
