import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import type { KdevEvent } from '../../src/core/event.ts';
import type { ServiceStatus } from '../../src/core/service-status.ts';
import { waitFor } from '../agent/wait-for.ts';
import type { DaemonOptions } from './daemon-program.ts';

const repository = path.resolve(import.meta.dirname, '../..');

/** The daemon's program in one file, where it finds the packages. */
let bundled: Promise<string> | undefined;
function bundle(): Promise<string> {
  bundled ??= (async () => {
    const outfile = path.join(repository, 'dist', 'engine-daemon.mjs');
    const { outputFiles } = await build({
      absWorkingDir: repository,
      entryPoints: ['test/engine/daemon-program.ts'],
      bundle: true,
      write: false,
      packages: 'external',
      platform: 'node',
      target: 'node20',
      format: 'esm',
      logLevel: 'warning',
    });
    // Whole at every moment: several processes may make it at once.
    writeFileSync(`${outfile}.${process.pid}`, outputFiles[0]?.text ?? '');
    renameSync(`${outfile}.${process.pid}`, outfile);
    return outfile;
  })();
  return bundled;
}

/** Watcher, session and transport in a process that may be killed, stopped and started again. */
export class DaemonProcess {
  readonly events: KdevEvent[] = [];
  errors = '';
  readonly #child: ChildProcess;
  #started = false;
  #answers: ((status: ServiceStatus) => void)[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    child.stdin?.on('error', () => undefined);
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
  }

  static async start(options: DaemonOptions): Promise<DaemonProcess> {
    const program = await bundle();
    const daemon = new DaemonProcess(
      spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'pipe'] }),
    );
    await waitFor('the daemon to start', () => {
      if (daemon.hasEnded) throw new Error(`the daemon ended: ${daemon.errors}`);
      return daemon.#started;
    });
    return daemon;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async status(): Promise<ServiceStatus> {
    return new Promise((resolve, reject) => {
      if (this.hasEnded) reject(new Error(`the daemon has ended: ${this.errors}`));
      this.#answers.push(resolve);
      this.#child.stdin?.write('status\n');
    });
  }

  named<Name extends KdevEvent['event']>(name: Name): Extract<KdevEvent, { event: Name }>[] {
    return this.events.filter((event): event is Extract<KdevEvent, { event: Name }> => event.event === name);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As a person ends it. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const exit = once(this.#child, 'exit');
    this.#child.stdin?.write('stop\n');
    await exit;
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  #hear(line: string): void {
    const message = JSON.parse(line) as {
      readonly event?: KdevEvent;
      readonly started?: boolean;
      readonly status?: ServiceStatus;
    };
    if (message.event) this.events.push(message.event);
    if (message.started) this.#started = true;
    if (message.status) this.#answers.shift()?.(message.status);
  }
}
