import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import type { PodContainer } from '../../src/core/pod-layout.ts';
import { agentBundle } from './agent-bundle.ts';
import { waitFor } from './wait-for.ts';

export interface AgentSettings {
  /** Folder for sockets, journal and the rest. */
  readonly dir: string;
  /** Where it listens for sessions. @default run/agent.sock below `dir` */
  readonly agentSocket?: string;
  readonly containers?: Readonly<Record<string, PodContainer>>;
  readonly gateWaitMs?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** A real agent in a process of its own, with its files in a test's folder. */
export class AgentProcess {
  readonly agentSocket: string;
  readonly restarterSocket: string;
  readonly readyFile: string;
  readonly termFile: string;
  readonly journalDir: string;
  readonly codeStagingDir: string;
  log = '';
  readonly #settings: AgentSettings;
  #child: ChildProcess | undefined;

  constructor(settings: AgentSettings) {
    this.#settings = settings;
    this.agentSocket = settings.agentSocket ?? path.join(settings.dir, 'run/agent.sock');
    this.restarterSocket = path.join(settings.dir, 'run/restarter.sock');
    this.readyFile = path.join(settings.dir, 'run/ready');
    this.termFile = path.join(settings.dir, 'term');
    this.journalDir = path.join(settings.dir, 'journal');
    this.codeStagingDir = path.join(settings.dir, 'code/.staging');
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isReady(): boolean {
    return existsSync(this.readyFile);
  }

  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { uid, gid, containers = { app: { volumes: [] } }, gateWaitMs = 60_000 } = this.#settings;
    const program = await agentBundle();
    // By standard input, so that an agent of any user can read its program. The flag is the sidecar's.
    const child = spawn(process.execPath, ['--max-semi-space-size=4', '--input-type=module', '-'], {
      env: {
        ...env,
        KDEV_POD_CONFIG: JSON.stringify({ gateWaitMs, containers }),
        KDEV_AGENT_SOCKET: this.agentSocket,
        KDEV_RESTARTER_SOCKET: this.restarterSocket,
        KDEV_JOURNAL_DIR: this.journalDir,
        KDEV_READY_FILE: this.readyFile,
        KDEV_TERM_FILE: this.termFile,
        KDEV_CODE_STAGING_DIR: this.codeStagingDir,
      },
      stdio: ['pipe', 'ignore', 'pipe'],
      ...(uid !== undefined && { uid, gid: gid ?? uid }),
    });
    this.#child = child;
    child.stdin?.on('error', () => undefined).end(program);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
    });
    await waitFor('the agent to listen', () => {
      if (child.exitCode !== null) throw new Error(`the agent ended: ${this.log}`);
      return isAnswered(this.agentSocket);
    });
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}

function isAnswered(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(file, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
