import { Agent } from 'node:http';
import { type Answer, ask } from './ask.ts';
import { type Kubectl, type Listening, listenWithKubectl } from './kubectl.ts';
import type { Replica } from './replicas.ts';

/**
 * Asks each replica by itself and shares no code with kdev: node:http and kubectl are all it uses.
 *
 * Two ways lead to a pod. `watch` goes through one `kubectl proxy`, which survives an app that restarts, so it can
 * ask every few milliseconds and see when an answer turns right. `ask` goes through the pod's own `kubectl
 * port-forward`, which ends whenever the app refuses a connection and is then opened again.
 */
export class Observer {
  readonly #kubectl: Kubectl;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #forwards = new Map<string, Listening>();
  #proxy: Listening | undefined;

  constructor(kubectl: Kubectl) {
    this.#kubectl = kubectl;
  }

  async start(): Promise<void> {
    this.#proxy = await listenWithKubectl(this.#kubectl, ['proxy', '--port=0']);
  }

  /** One answer through the replica's own forward; rejects when the app does not answer. */
  async ask(replica: Replica, path: string): Promise<Answer> {
    const forward = await this.#forward(replica);
    try {
      return await ask({ port: forward.port, path });
    } catch (thrown) {
      forward.stop();
      this.#forwards.delete(replica.pod);
      throw thrown;
    }
  }

  /** One answer through the API server; a status of 502 or 503 is its own word for an app that does not answer. */
  glance(replica: Replica, path: string): Promise<Answer> {
    if (this.#proxy === undefined) throw new Error('the observer was not started');
    const pod = `/api/v1/namespaces/${replica.namespace}/pods/${replica.pod}:8080/proxy`;
    return ask({ port: this.#proxy.port, path: pod + path, agent: this.#agent });
  }

  stop(): void {
    this.#agent.destroy();
    this.#proxy?.stop();
    for (const forward of this.#forwards.values()) forward.stop();
    this.#forwards.clear();
  }

  async #forward(replica: Replica): Promise<Listening> {
    const open = this.#forwards.get(replica.pod);
    if (open?.alive() === true) return open;
    const args = ['port-forward', '--namespace', replica.namespace, `pod/${replica.pod}`, ':8080'];
    const forward = await listenWithKubectl(this.#kubectl, [...args, '--address=127.0.0.1']);
    this.#forwards.set(replica.pod, forward);
    return forward;
  }
}
