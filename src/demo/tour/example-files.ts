import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The copy of the example that the tour edits, as an editor would: whole files, written in place. */
export class ExampleFiles {
  readonly root: string;
  readonly #parent: string;
  #savedAt: number | undefined;
  #paths: string[] = [];

  private constructor(parent: string, root: string) {
    this.#parent = parent;
    this.root = root;
  }

  static async copyOf(example: string): Promise<ExampleFiles> {
    const parent = await mkdtemp(path.join(tmpdir(), 'kdev-tour-'));
    const root = path.join(parent, path.basename(example));
    await cp(example, root, {
      recursive: true,
      filter: (from) => !/__pycache__|\/\.[^/]*_cache|\/\.venv/.test(from),
    });
    return new ExampleFiles(parent, root);
  }

  /** Forgets what was saved so far. */
  mark(): void {
    this.#savedAt = undefined;
    this.#paths = [];
  }

  /** When the last save began, by `performance.now()`. */
  get savedAt(): number {
    if (this.#savedAt === undefined) throw new Error('nothing was saved');
    return this.#savedAt;
  }

  /** What was saved since `mark`, each path once. */
  get saved(): readonly string[] {
    return [...new Set(this.#paths)];
  }

  read(file: string): Promise<string> {
    return readFile(path.join(this.root, file), 'utf8');
  }

  /** One save; each `[from, to]` replaces the one place where `from` stands, or throws when there isn't exactly one. */
  async replace(file: string, ...pairs: readonly (readonly [string, string])[]): Promise<void> {
    let text = await this.read(file);
    for (const [from, to] of pairs) {
      if (text.split(from).length !== 2) throw new Error(`${file} has not exactly one "${from}"`);
      text = text.replace(from, () => to);
    }
    await this.write(file, text);
  }

  async write(file: string, text: string): Promise<void> {
    this.#stamp(file);
    await writeFile(path.join(this.root, file), text);
  }

  async remove(file: string): Promise<void> {
    this.#stamp(file);
    await rm(path.join(this.root, file));
  }

  /** Size in bytes and whole second of the last write: what Python takes a cached file for unchanged by. */
  async stampOf(file: string): Promise<{ readonly size: number; readonly second: number }> {
    const { size, mtimeMs } = await stat(path.join(this.root, file));
    return { size, second: Math.floor(mtimeMs / 1000) };
  }

  async discard(): Promise<void> {
    await rm(this.#parent, { recursive: true, force: true });
  }

  #stamp(file: string): void {
    this.#savedAt = performance.now();
    this.#paths.push(file);
  }
}
