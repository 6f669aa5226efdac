import type { Welcome } from '../core/ports/endpoint.ts';
import type { AppState } from '../core/replica-facts.ts';
import type { ReplicaState } from '../core/service-status.ts';
import type { ReplicaFacts, ReplicaListener } from './replica-port.ts';

/** What is known of a replica, and told whenever it becomes another. */
export abstract class ReplicaCondition implements ReplicaFacts {
  readonly pod: string;
  abstract readonly seq: number;
  readonly #listener: ReplicaListener;
  #state: ReplicaState = 'dialling';
  #why = '';
  #digest = '';
  #revision = 0;
  #app: AppState = { state: 'waiting' };
  #stale = false;
  #incarnation = '';

  constructor({ pod, listener }: { readonly pod: string; readonly listener: ReplicaListener }) {
    this.pod = pod;
    this.#listener = listener;
  }

  get state(): ReplicaState {
    return this.#state;
  }
  get why(): string {
    return this.#why;
  }
  get app(): AppState {
    return this.#app;
  }
  get stale(): boolean {
    return this.#stale;
  }
  get digest(): string {
    return this.#digest;
  }
  get incarnation(): string {
    return this.#incarnation;
  }

  protected setState(state: ReplicaState, why: string, code = 'link-lost'): void {
    if (state === this.#state && why === this.#why) return;
    this.#state = state;
    this.#why = why;
    this.#listener.onState(this, state, why, code);
  }

  /** The first word of a connection: what an earlier one told is no measure any more. */
  protected beginDigest({ digest, revision = 0 }: Pick<Welcome, 'digest' | 'revision'>): void {
    this.#digest = digest;
    this.#revision = revision;
  }

  /** Two connections may tell of two digests in the wrong order. */
  protected takeDigest({ digest, revision }: { readonly digest: string; readonly revision?: number }): void {
    if (revision !== undefined && revision < this.#revision) return;
    this.#revision = revision ?? this.#revision;
    this.#digest = digest;
  }

  protected takeApp(app: AppState, stale: boolean): void {
    const changed = JSON.stringify(app) !== JSON.stringify(this.#app) || stale !== this.#stale;
    this.#app = app;
    this.#stale = stale;
    if (changed) this.#listener.onApp(this, app, stale);
  }

  /** Returns whether there is a container that can be worked on. */
  protected takeIncarnation({ incarnation, problem }: Pick<Welcome, 'incarnation' | 'problem'>): boolean {
    this.#incarnation = incarnation ? `${incarnation.nonce.slice(0, 8)}/${incarnation.pid}` : '';
    if (problem === undefined) return incarnation !== undefined;
    this.setState('waiting', problem.message);
    this.#listener.onProblem(this, problem.code, problem.message);
    return false;
  }
}
