import type { Duplex } from 'node:stream';
import type { KdevError } from '../core/error.ts';
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

/**
 * Two connections to one agent: bulk goes through the second, so that a small save never waits behind a first sync.
 * The second is dialled when it is first needed and stays. When one of them ends, both do.
 */
export class PairedEndpoint implements Endpoint {
  readonly welcome: Welcome;
  readonly closed: Promise<KdevError>;
  readonly #main: Endpoint;
  readonly #dial: () => Promise<Endpoint>;
  #bulk: Promise<Endpoint> | undefined;
  #over = false;

  constructor(main: Endpoint, dial: () => Promise<Endpoint>) {
    this.welcome = main.welcome;
    this.#main = main;
    this.#dial = dial;
    this.closed = main.closed;
    void main.closed.then(() => this.#end());
  }

  async apply(batch: Batch): Promise<Applied> {
    if (batch.bulk !== true) return this.#main.apply(batch);
    const endpoint = await this.#second();
    return endpoint.apply(batch);
  }

  list(): Promise<readonly Listed[]> {
    return this.#main.list();
  }

  verify(): Promise<string> {
    return this.#main.verify();
  }

  open(): Promise<void> {
    return this.#main.open();
  }

  restart(options: { readonly graceMs: number }): Promise<Restarted> {
    return this.#main.restart(options);
  }

  run(run: RunCommand, onOutput: (line: string) => void): Promise<Ran> {
    return this.#main.run(run, onOutput);
  }

  forward(port: number): Promise<Duplex> {
    return this.#main.forward(port);
  }

  listen(listener: (event: EndpointEvent) => void): () => void {
    return this.#main.listen(listener);
  }

  close(): void {
    this.#main.close();
    this.#end();
  }

  /** Where a second connection cannot be had, the first has to do. */
  #second(): Promise<Endpoint> {
    this.#bulk ??= this.#dial().then(
      (endpoint) => {
        if (this.#over) endpoint.close();
        void endpoint.closed.then(() => this.#main.close());
        return endpoint;
      },
      () => this.#main,
    );
    return this.#bulk;
  }

  #end(): void {
    this.#over = true;
    const bulk = this.#bulk;
    this.#bulk = undefined;
    if (bulk !== undefined) void bulk.then((endpoint) => endpoint.close());
  }
}
