import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { sameEntry } from '../../src/core/entry.ts';
import type { LocalEntry, WatchEvent } from '../../src/core/ports/watcher.ts';
import { scanTree } from '../../src/tree/scan.ts';
import type { WatcherOptions } from '../../src/watch/create-watcher.ts';
import { waitUntil } from './watched-tree.ts';

/** A watcher in a process of its own, which a test may stop, starve or take rights from. */
export class WatcherProcess {
  readonly events: WatchEvent[] = [];
  readonly #root: string;
  readonly #child: ChildProcess;
  readonly #bundle: string;
  #pid: number | undefined;
  #entries: readonly (readonly [string, LocalEntry])[] | undefined;
  #errors = '';

  private constructor(root: string, child: ChildProcess, bundle: string) {
    this.#root = root;
    this.#child = child;
    this.#bundle = bundle;
    child.stderr?.on('data', (text: Buffer) => {
      this.#errors += text.toString();
    });
    if (child.stdout === null) throw new Error('no stdout');
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
  }

  /** `shell`: runs before the watcher in the same process, e.g. to set limits. */
  static async start(
    options: WatcherOptions,
    limits: { readonly wrap?: readonly string[]; readonly shell?: string; readonly uid?: number } = {},
  ): Promise<WatcherProcess> {
    const bundle = mkdtempSync(join(tmpdir(), 'kdev-watcher-'));
    chmodSync(bundle, 0o755);
    await build({
      entryPoints: [join(import.meta.dirname, 'watcher-program.ts')],
      outfile: join(bundle, 'watcher.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
      logLevel: 'error',
    });
    const script = `${limits.shell ?? ':'} && exec "$@"`;
    const program = [process.execPath, join(bundle, 'watcher.mjs'), JSON.stringify(options)];
    const [command = 'sh', ...args] = [...(limits.wrap ?? []), 'sh', '-c', script, 'sh', ...program];
    const owner = limits.uid === undefined ? {} : { uid: limits.uid, gid: limits.uid };
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: tmpdir(), ...owner });
    const watcher = new WatcherProcess(options.root, child, bundle);
    try {
      await watcher.until('a started watcher', () => watcher.#pid !== undefined);
    } catch (thrown) {
      child.kill('SIGKILL');
      throw thrown;
    }
    return watcher;
  }

  get pid(): number {
    return this.#pid ?? 0;
  }

  problems(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'problem'
        ? [`${event.code} ${event.path}${event.resolved === true ? ' resolved' : ''}`]
        : [],
    );
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    const message = () => `${what}; ${this.problems().join(', ')}; ${this.#errors}`;
    await waitUntil(() => condition() || undefined, message, 30_000);
  }

  /** Until the other process and an independent scan agree. */
  async converged(): Promise<void> {
    const end = Date.now() + 30_000;
    let difference = '';
    while (Date.now() < end) {
      const { paths } = await scanTree({ root: this.#root });
      const known = new Map(await this.entries());
      const wrong = [...paths].filter(([path, { entry }]) => !sameEntry(entry, known.get(path)));
      if (wrong.length === 0 && known.size === paths.size) return;
      difference = `${paths.size} paths, ${known.size} known, ${wrong.length} differ: ${wrong[0]?.[0]}`;
      await delay(20);
    }
    throw new Error(`not converged: ${difference}; ${this.problems().join(', ')}; ${this.#errors}`);
  }

  async entries(): Promise<readonly (readonly [string, LocalEntry])[]> {
    this.#entries = undefined;
    this.#child.stdin?.write('entries\n');
    return waitUntil(
      () => this.#entries,
      () => `an answer; ${this.#errors}`,
      30_000,
    );
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => {
      this.#child.once('exit', resolve);
    });
    if (this.#child.exitCode === null) {
      this.#child.stdin?.end('stop\n');
      await ended;
    }
    rmSync(this.#bundle, { recursive: true, force: true });
  }

  #hear(line: string): void {
    const message = JSON.parse(line) as {
      readonly event?: WatchEvent;
      readonly started?: number;
      readonly entries?: readonly (readonly [string, LocalEntry])[];
    };
    if (message.event !== undefined) this.events.push(message.event);
    if (message.started !== undefined) this.#pid = message.started;
    if (message.entries !== undefined) this.#entries = message.entries;
  }
}
