import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { temporaryDir } from '../temporary-dir.ts';

const executable = path.resolve(import.meta.dirname, '..', '..', 'bin', 'kdev');

/**
 * The shell outlives the Ctrl-C and reads the modes of the terminal before kdev and after it. It ends when its last
 * words have been read: a pseudo-terminal is closed a moment after that, whether anybody has read them or not.
 */
const script = [
  "trap ':' INT",
  'stty -a > "$NOTES/before"',
  '"$@"',
  'code=$?',
  'stty -a > "$NOTES/after"',
  'echo "[ended $code]"',
  'until [ -e "$NOTES/heard" ]; do sleep 0.05; done',
].join('\n');

/** How a command left the terminal behind. */
export interface GivenBack {
  readonly exitCode: number;
  readonly modesBefore: string;
  readonly modesAfter: string;
  readonly cursorHidden: boolean;
  /** Numbers of the DEC private modes that it set and did not reset: alternate screen, mouse, bracketed paste. */
  readonly modesSet: readonly string[];
  /** What stands in the line where the shell goes on, before its first character. */
  readonly beforePrompt: string;
  /** Command lines of processes that the command has left behind. */
  readonly leftProcesses: readonly string[];
}

/** What one cell of the screen holds and how it looks; colours are numbers of the palette. */
export interface Cell {
  readonly text: string;
  readonly width: number;
  readonly foreground: number | undefined;
  readonly background: number | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
}

/** `kdev …` in a real pseudo-terminal, with a shell that waits for it. */
export class PseudoTerminal {
  readonly #pty: IPty;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #notes: Awaited<ReturnType<typeof temporaryDir>>;
  readonly #mark: string;
  readonly #listeners = new Set<() => void>();
  #shown = '';
  #inFrame = false;
  #exited = false;

  static async open(
    args: readonly string[],
    options: {
      readonly cwd: string;
      readonly env: NodeJS.ProcessEnv;
      readonly columns?: number;
      readonly rows?: number;
      /** What Node runs. @default kdev */
      readonly program?: string;
      /** @default 'xterm-256color' */
      readonly term?: string;
    },
  ): Promise<PseudoTerminal> {
    return new PseudoTerminal(args, options, await temporaryDir('kdev-terminal-'));
  }

  private constructor(
    args: readonly string[],
    options: Parameters<typeof PseudoTerminal.open>[1],
    notes: Awaited<ReturnType<typeof temporaryDir>>,
  ) {
    const {
      cwd,
      env,
      columns: cols = 100,
      rows = 30,
      program = executable,
      term = 'xterm-256color',
    } = options;
    this.#notes = notes;
    this.#mark = `KDEV_TEST_MARK=${randomUUID()}`;
    const [name = '', value = ''] = this.#mark.split('=');
    this.#screen = new xterm.Terminal({ cols, rows, scrollback: 10_000, allowProposedApi: true });
    for (const final of ['h', 'l']) {
      this.#screen.parser.registerCsiHandler({ prefix: '?', final }, ([mode]) => {
        if (mode === frameMode) this.#inFrame = final === 'h';
        return false;
      });
    }
    this.#pty = spawn('/bin/sh', ['-c', script, 'sh', process.execPath, program, ...args], {
      ...{ cwd, cols, rows },
      name: term,
      env: { ...env, TERM: term, [name]: value, NOTES: notes.path },
    });
    this.#pty.onData((text) => {
      this.#shown += text;
      if (this.#shown.slice(-text.length - lastWords.length).includes(lastWords)) this.#letEnd();
      this.#screen.write(text, () => this.#wake());
    });
    this.#pty.onExit(() => {
      this.#exited = true;
      this.#wake();
    });
  }

  /** Everything that came so far, control sequences among it. */
  get shown(): string {
    return this.#shown;
  }

  /** Resolves when the text, or what matches, has been shown (after the first `from` characters). */
  async shows(what: string | RegExp, { from = 0, deadlineMs = 90_000 } = {}): Promise<void> {
    const found = (): boolean => {
      const text = this.#shown.slice(from);
      return typeof what === 'string' ? text.includes(what) : what.test(text);
    };
    await this.#until(found, deadlineMs, `shows ${what}`);
  }

  /** Resolves when the text, or what matches, stands on the screen as it is drawn now. */
  async sees(what: string | RegExp, deadlineMs = 20_000): Promise<void> {
    await this.seesAll(
      (rows) => {
        const text = rows.join('\n');
        return typeof what === 'string' ? text.includes(what) : what.test(text);
      },
      `has on its screen ${what}`,
      deadlineMs,
    );
  }

  /** Resolves when this holds of the rows of the screen, and no frame is half drawn. */
  async seesAll(
    test: (rows: readonly string[]) => boolean,
    what = 'looks so',
    deadlineMs = 20_000,
  ): Promise<void> {
    const isWhole = (): boolean => !this.#inFrame || this.#exited;
    await this.#until(() => isWhole() && test(this.rows()), deadlineMs, what);
  }

  /** The rows of the screen without what has scrolled away, as far as they are drawn. */
  rows(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? '',
    );
  }

  /** One cell of the screen. */
  cell(x: number, y: number): Cell {
    const { active } = this.#screen.buffer;
    const cell = active.getLine(active.baseY + y)?.getCell(x);
    if (!cell) throw new Error(`no cell ${x}, ${y}`);
    return {
      text: cell.getChars() || ' ',
      width: cell.getWidth(),
      foreground: cell.isFgDefault() ? undefined : cell.getFgColor(),
      background: cell.isBgDefault() ? undefined : cell.getBgColor(),
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
      inverse: cell.isInverse() !== 0,
    };
  }

  get onAlternateScreen(): boolean {
    return this.#screen.buffer.active.type === 'alternate';
  }

  press(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** To kdev itself, as `kill PID` does. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.#kdev(), signal);
  }

  /** Whether kdev was stopped, as by Ctrl-Z. */
  isStopped(): boolean {
    return /^\d+ \(.*\) T/.test(readFileSync(`/proc/${this.#kdev()}/stat`, 'utf8'));
  }

  /** The modes of the terminal at this moment, as stty tells them. */
  async modesNow(): Promise<string> {
    const device = readlinkSync(`/proc/${this.#pty.pid}/fd/0`);
    const { stdout } = await promisify(execFile)('stty', ['-a', '-F', device]);
    return stdout;
  }

  /** The window is closed: everything on it gets HUP, and can write no more. */
  hangUp(): void {
    this.#pty.kill('SIGHUP');
    (this.#pty as unknown as { destroy(): void }).destroy();
  }

  /** Resolves when kdev and everything it started have ended, however the shell fares. */
  async gone(deadlineMs = 60_000): Promise<void> {
    const end = Date.now() + deadlineMs;
    while (this.leftProcesses().length > 0) {
      if (Date.now() > end) throw new Error(`still there: ${this.leftProcesses().join('; ')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Resolves when kdev has ended and the shell has the terminal again. */
  async ended(deadlineMs = 60_000): Promise<GivenBack> {
    await this.#until(() => this.#exited, deadlineMs, 'ends');
    const lines = await this.screen();
    const last = lines.findLast((line) => line.includes(lastWords)) ?? '';
    const { groups } = /^(?<before>.*)\[ended (?<code>\d+)\]/.exec(last) ?? {};
    const modes = new Map<string, boolean>();
    for (const [, numbers = '', how] of this.#shown.matchAll(modeSequence))
      for (const number of numbers.split(';')) modes.set(number, how === 'h');
    const [modesBefore, modesAfter] = await Promise.all(['before', 'after'].map((name) => this.#stty(name)));
    await this.#notes.remove();
    return {
      exitCode: Number(groups?.['code']),
      modesBefore: modesBefore ?? '',
      modesAfter: modesAfter ?? '',
      cursorHidden: modes.get(cursorMode) === false,
      modesSet: [...modes].filter(([number, set]) => number !== cursorMode && set).map(([number]) => number),
      beforePrompt: groups?.['before'] ?? last,
      leftProcesses: this.leftProcesses(),
    };
  }

  /** What a person sees, line by line, with what has scrolled away. */
  async screen(): Promise<string[]> {
    await new Promise<void>((resolve) => this.#screen.write('', resolve));
    const { active } = this.#screen.buffer;
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
  }

  /** Processes that inherited this terminal's mark, without the waiting shell. */
  leftProcesses(): string[] {
    const found: string[] = [];
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (Number(pid) === this.#pty.pid) continue;
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(this.#mark)) continue;
        found.push(`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`);
      } catch {
        // It has ended meanwhile.
      }
    }
    return found;
  }

  /** Ends whatever is still there of a test that failed in between, and removes its notes. */
  kill(): void {
    for (const left of this.leftProcesses()) {
      try {
        process.kill(Number(left.split(' ')[0]), 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    if (!this.#exited) this.#pty.kill('SIGKILL');
    rmSync(this.#notes.path, { recursive: true, force: true });
  }

  #kdev(): number {
    const { pid } = this.#pty;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const [child = ''] = children.trim().split(' ');
    // A signal to 0 would be one to every process of this test.
    if (child === '') throw new Error('kdev does not run');
    return Number(child);
  }

  /** Without the size, which a test may change. */
  async #stty(name: string): Promise<string> {
    const text = await readFile(path.join(this.#notes.path, name), 'utf8');
    return text.replace(/rows \d+; columns \d+; /, '');
  }

  async #until(done: () => boolean, deadlineMs: number, what: string): Promise<void> {
    const end = Date.now() + deadlineMs;
    while (!done()) {
      // What came before the end may not be drawn yet.
      if (this.#exited) await this.screen();
      if (done()) return;
      if (this.#exited || Date.now() > end) {
        const why = this.#exited ? 'ended before it' : 'never';
        throw new Error(`the terminal ${why} ${what}:\n${(await this.screen()).join('\n').trimEnd()}`);
      }
      await this.#next(end - Date.now());
    }
  }

  #letEnd(): void {
    try {
      writeFileSync(path.join(this.#notes.path, 'heard'), '');
    } catch {
      // The test is over, and the shell with it.
    }
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
  }

  #next(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      this.#listeners.add(finish);
    });
  }
}

const lastWords = '[ended ';
const cursorMode = '25';
/** Between setting and resetting it a terminal shows what it showed before. */
const frameMode = 2026;
/** DECSET and DECRST of ECMA-48 terminals. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it reads control sequences
const modeSequence = /\x1b\[\?([\d;]+)([hl])/g;
