import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SshKeys } from '../../src/transport/keys.ts';
import { AgentProcess } from '../agent/agent-process.ts';
import { makeImage, RealContainer } from '../agent/real-container.ts';
import { sidecarRoot } from '../transport/sidecar-root.ts';
import { spawnSshd } from '../transport/sshd-stream.ts';
import { FrameGate } from './frame-gate.ts';
import { Link } from './link.ts';

/** What the app does first is what it runs: it notes that it started, and its main module. */
const run = `
echo start >> /starts
: > /ran
if [ -f /app/main.py ] && [ ! -L /app/main.py ]; then cat /app/main.py > /ran; fi
exec sleep 100000
`;

/** What a container's own layer holds at the most, if nothing else was said. */
export const layerBytes = 64 * 1024 * 1024;

/** In the image and not in the tree: nobody may touch it. */
export const foreignFile = 'of-the-image';

export interface EnginePodOptions {
  /** The journal gets a small disk of its own; the caller's mounts must be private. @default false */
  readonly smallJournal?: boolean;
  /** What the container's own layer holds at the most. @default 64 MiB */
  readonly layerBytes?: number;
  /** Lines that the sidecar's own configuration of sshd does not have. */
  readonly sshdConfig?: string;
}

/** One pod in all but its namespaces: the real agent, sshd, restarter and container as processes of this machine. */
export class EnginePod {
  readonly link: Link;
  readonly gate: FrameGate;
  readonly linkSocket: string;
  readonly agent: AgentProcess;
  container: RealContainer;
  /** Where a file fills the journal's disk; absent where that is the machine's. */
  journalBallast: string | undefined;
  readonly #dir: string;
  readonly #layerBytes: number;
  readonly #sidecar: Awaited<ReturnType<typeof sidecarRoot>>;
  #lives = 0;

  private constructor(
    dir: string,
    sidecar: Awaited<ReturnType<typeof sidecarRoot>>,
    options: EnginePodOptions,
  ) {
    this.#dir = dir;
    this.#layerBytes = options.layerBytes ?? layerBytes;
    this.#sidecar = sidecar;
    this.linkSocket = path.join(dir, 'link.sock');
    mkdirSync(path.join(dir, 'run'), { recursive: true });
    const agentSocket = path.join(dir, 'agent-itself.sock');
    this.agent = new AgentProcess({ dir, agentSocket });
    this.gate = new FrameGate(path.join(dir, 'run/agent.sock'), agentSocket);
    this.link = new Link(this.linkSocket, () => spawnSshd(sidecar.root, dir));
    this.container = this.#makeContainer();
  }

  /** @param dir an empty folder that is the caller's to remove */
  static async start(dir: string, keys: SshKeys, options: EnginePodOptions): Promise<EnginePod> {
    const image = path.join(dir, 'image');
    mkdirSync(image, { recursive: true });
    await makeImage(image);
    writeFileSync(path.join(image, 'run.sh'), run);
    writeFileSync(path.join(image, 'app', foreignFile), 'x');
    const pod = new EnginePod(dir, await sidecarRoot(keys, options.sshdConfig), options);
    if (options.smallJournal === true) {
      const journal = path.join(dir, 'journal');
      mkdirSync(journal);
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${layerBytes}`, 'none', journal]);
      pod.journalBallast = path.join(journal, 'ballast');
    }
    await pod.container.up();
    await pod.agent.start();
    return pod;
  }

  /** The container ends at once and begins again from its image. */
  async restartContainer(): Promise<void> {
    await this.container.kill();
    this.container = this.#makeContainer();
    await this.container.up();
  }

  async restartAgent(): Promise<void> {
    await this.agent.kill();
    await this.agent.start();
  }

  async stop(): Promise<void> {
    await this.link.close();
    await this.gate.close();
    await this.agent.kill();
    await this.container.kill();
    this.#sidecar.remove();
    if (this.journalBallast !== undefined) execFileSync('umount', [path.dirname(this.journalBallast)]);
  }

  #makeContainer(): RealContainer {
    this.#lives += 1;
    return new RealContainer({
      imageDir: path.join(this.#dir, 'image'),
      layerDir: path.join(this.#dir, `layer${this.#lives}`),
      runDir: path.join(this.#dir, 'run'),
      argv: ['/bin/sh', '/run.sh'],
      layerSize: `${this.#layerBytes}`,
    });
  }
}
