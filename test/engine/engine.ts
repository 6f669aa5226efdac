import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '../../src/core/service.ts';
import { generateKeys } from '../../src/transport/keys.ts';
import { DaemonProcess } from './daemon-process.ts';
import { anchor, isSynced } from './edits.ts';
import { EnginePod, type EnginePodOptions, foreignFile } from './engine-pod.ts';
import { differences, readTreeInTurns, type TreeFacts } from './read-tree.ts';

const service: Service = {
  name: 'engine',
  workload: { kind: 'Deployment', name: 'engine' },
  mappings: [{ from: 'tree', to: '/app', ignore: ['ignored/'], mirror: false }],
  restart: ['**/*.py'],
  rebuild: [],
  ports: [],
  graceMs: 500,
  gateWaitMs: 60_000,
  onCrash: 'hold',
  dependsOn: [],
  storage: 'layer',
  tests: [],
};

/** Shorter than the wait for the idle comparison, which would find whatever a hint did not tell. */
const usualRestMs = 25_000;

export interface EngineOptions extends EnginePodOptions {
  /** Puts something into the project's folder, which is not there yet, before anybody looks. */
  readonly prepare?: (project: string) => void;
  /** Mass deletions wait for a person. @default false: every one is confirmed beforehand */
  readonly asks?: boolean;
}

/** The whole engine: a real tree, a daemon, and a pod that it keeps equal to the tree. */
export class Engine {
  readonly dir: string;
  readonly pod: EnginePod;
  daemon: DaemonProcess;
  readonly #keys: ReturnType<typeof generateKeys>;
  #term = 1;

  private constructor(
    dir: string,
    pod: EnginePod,
    daemon: DaemonProcess,
    keys: ReturnType<typeof generateKeys>,
  ) {
    this.dir = dir;
    this.pod = pod;
    this.daemon = daemon;
    this.#keys = keys;
  }

  static async start(options: EngineOptions = {}): Promise<Engine> {
    const dir = mkdtempSync(path.join(tmpdir(), 'kdev-engine-'));
    options.prepare?.(path.join(dir, 'project'));
    for (const folder of ['project/tree', 'elsewhere', 'pod'])
      mkdirSync(path.join(dir, folder), { recursive: true });
    writeFileSync(path.join(dir, 'project/tree', anchor), '');
    const keys = generateKeys();
    const pod = await EnginePod.start(path.join(dir, 'pod'), keys, options);
    const confirmed = options.asks !== true;
    const daemon = await DaemonProcess.start({ ...daemonOptions(dir, pod, keys, 1), confirmed });
    return new Engine(dir, pod, daemon, keys);
  }

  /** The mapped directory. */
  get tree(): string {
    return path.join(this.dir, 'project/tree');
  }

  /** A directory of the same file system that nobody watches. */
  get elsewhere(): string {
    return path.join(this.dir, 'elsewhere');
  }

  /** @param bytesPerSecond what it sends at most; as fast as it goes when absent */
  async startDaemon(bytesPerSecond?: number): Promise<void> {
    this.#term += 1;
    const options = daemonOptions(this.dir, this.pod, this.#keys, this.#term);
    this.daemon = await DaemonProcess.start({ ...options, bytesPerSecond });
  }

  /** What differs at this moment from what ought to be in the container. */
  async difference(): Promise<string[]> {
    const local = new Map([...(await readTreeInTurns(this.tree))].filter(([name]) => isSynced(name)));
    const there = await readTreeInTurns(this.pod.container.at('/app'));
    const found = differences(local, withoutForeign(there));
    if (this.pod.container.read(`/app/${foreignFile}`) === undefined)
      found.push('a file of the image is gone');
    return found;
  }

  /** Until nothing is on its way and the container has what the tree has. @throws with what differs */
  async rest(deadlineMs = usualRestMs): Promise<void> {
    const end = performance.now() + deadlineMs;
    for (;;) {
      const wrong = await this.#unrest();
      if (wrong === '') return;
      if (performance.now() > end) throw new Error(`not at rest after ${deadlineMs} ms: ${wrong}`);
      await delay(5);
    }
  }

  /** Path of something in the tree. */
  local(name: string): string {
    return path.join(this.tree, name);
  }

  /** Path on this machine of something that the container has of the tree. */
  there(name: string): string {
    return this.pod.container.at(`/app/${name}`);
  }

  /** Nothing but the app in the tree, and at rest. */
  async beginAnew(deadlineMs?: number): Promise<void> {
    writeFileSync(this.local('main.py'), 'print("first")\n');
    this.clear('main.py');
    await this.rest(deadlineMs);
  }

  /** An empty tree again, whatever was in it but `kept`. */
  clear(kept?: string): void {
    for (const folder of [this.tree, this.elsewhere]) {
      for (const name of readdirSync(folder, { encoding: 'buffer' })) {
        if ([anchor, kept].includes(name.toString())) continue;
        rmSync(Buffer.concat([Buffer.from(`${folder}/`), name]), { recursive: true });
      }
    }
  }

  async stop(): Promise<void> {
    await this.daemon.kill();
    await this.pod.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** What the app takes for its main module: a file and no link. */
  #mainModule(): string {
    const { container } = this.pod;
    const found = lstatSync(container.at('/app/main.py'), { throwIfNoEntry: false });
    return found?.isFile() ? (container.read('/app/main.py') ?? '') : '';
  }

  async #unrest(): Promise<string> {
    const status = await this.daemon.status();
    if (!status.inSync)
      return `the daemon says ${JSON.stringify(status.replicas)}; ${problemsOf(this.daemon)}`;
    try {
      const wrong = await this.difference();
      if (wrong.length > 0) return `${wrong.join('; ')}; ${problemsOf(this.daemon)}`;
      const ran = this.pod.container.read('/ran');
      const main = this.#mainModule();
      return ran === main ? '' : `the app runs ${JSON.stringify(ran)}, its file says ${JSON.stringify(main)}`;
    } catch (error) {
      // The container may be going or coming at this moment.
      return String(error);
    }
  }
}

function daemonOptions(dir: string, pod: EnginePod, keys: ReturnType<typeof generateKeys>, term: number) {
  const { hostPublicKey, clientKey } = keys;
  return {
    root: path.join(dir, 'project'),
    service,
    keys: { hostPublicKey, clientKey, term },
    links: { 'pod-1': pod.linkSocket },
    digestCacheFile: path.join(dir, 'digests'),
    confirmed: true,
  };
}

function problemsOf(daemon: DaemonProcess): string {
  const problems = daemon.named('problem').slice(-3);
  return problems.map(({ code, message }) => `${code} ${message}`).join('; ');
}

function withoutForeign(tree: TreeFacts): TreeFacts {
  return new Map([...tree].filter(([name]) => name !== foreignFile));
}
