import { type ChildProcess, spawn } from 'node:child_process';
import { chown, copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll } from 'vitest';
import { FakeAgent } from './fake-agent.ts';
import { descendantsOf, killIfThere } from './processes.ts';
import { restarterBinary } from './restarter-binary.ts';
import { until } from './until.ts';

// On a new machine it is compiled first.
beforeAll(async () => void (await restarterBinary()), 600_000);

export interface ContainerOptions {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** @default a fresh directory */
  readonly cwd?: string;
  /** Without one the agent does not listen until the test says so. @default true */
  readonly agentListens?: boolean;
  /** Whose process it is; also the group's id. @default the test's own */
  readonly uid?: number;
}

/** What a container is for these tests: the restarter as a local process, with a fake agent. */
export class Container {
  readonly dir: string;
  readonly agent: FakeAgent;
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  output = '';
  errors = '';

  private constructor(dir: string, agent: FakeAgent, child: ChildProcess) {
    this.dir = dir;
    this.agent = agent;
    this.process = child;
    this.ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
    child.stdout?.on('data', (data) => {
      this.output += String(data);
    });
    child.stderr?.on('data', (data) => {
      this.errors += String(data);
    });
  }

  static async start(options: ContainerOptions): Promise<Container> {
    const dir = await mkdtemp(path.join(tmpdir(), 'kdev-restarter-'));
    const agent = new FakeAgent(path.join(dir, 'agent.sock'));
    if (options.agentListens !== false) await agent.listen();
    const { uid } = options;
    const child = spawn(await binaryFor(dir, uid), ['--', ...options.argv], {
      ...(uid !== undefined && { uid, gid: uid }),
      cwd: options.cwd ?? dir,
      env: {
        PATH: process.env['PATH'],
        KDEV_RESTARTER_SOCKET: agent.path,
        KDEV_CONTAINER: 'web',
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Container(dir, agent, child);
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error('the restarter did not start');
    return this.process.pid;
  }

  /** Opens the gate and answers the app's pid. */
  async open(): Promise<number> {
    await this.agent.registration();
    const result = await this.agent.request('open');
    if (typeof result['pid'] !== 'number') throw new Error(JSON.stringify(result));
    return result['pid'];
  }

  /** Waits until the app has written its pid, or anything numeric, to a file of the container's directory. */
  async pidIn(file: string): Promise<number> {
    return until(`a pid in ${file}`, async () => {
      const text = await readFile(path.join(this.dir, file), 'utf8').catch(() => '');
      return /^\d+\n$/.test(text) && Number(text);
    });
  }

  async printed(text: string): Promise<void> {
    await until(`the app prints ${text}`, () => this.output.includes(text));
  }

  async said(text: string): Promise<void> {
    await until(`the restarter says ${text}`, () => this.errors.includes(text));
  }

  async remove(): Promise<void> {
    // A stopped container ends everything below it, however fast that multiplies, once its app has ended.
    const below = this.process.exitCode === null ? await descendantsOf(this.pid) : [];
    this.process.kill('SIGTERM');
    for (const pid of below) killIfThere(pid);
    await this.ended;
    await this.agent.vanish();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Where that user can run it; the folder and the agent's socket are opened to it as well. */
async function binaryFor(dir: string, uid: number | undefined): Promise<string> {
  const binary = await restarterBinary();
  if (uid === undefined) return binary;
  const copy = path.join(dir, 'restarter');
  await copyFile(binary, copy);
  for (const name of await readdir(dir)) await chown(path.join(dir, name), uid, uid);
  await chown(dir, uid, uid);
  return copy;
}

/** Containers of one test; `afterEach` removes them. */
export class Containers {
  private readonly started: Container[] = [];

  async start(...argv: readonly string[]): Promise<Container> {
    return this.startWith({ argv });
  }

  async startWith(options: ContainerOptions): Promise<Container> {
    const container = await Container.start(options);
    this.started.push(container);
    return container;
  }

  async removeAll(): Promise<void> {
    await Promise.all(this.started.splice(0).map((container) => container.remove()));
  }
}
