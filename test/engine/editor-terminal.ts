import { setTimeout as delay } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';

// The editors' own root, with the project at /home; nothing of it is left behind.
const script = `
  root=$1; mount --make-rprivate / && mount --bind "$2" "$root/home" && mount --bind /dev "$root/dev" &&
  mount --bind /proc "$root/proc" && mount -t tmpfs none "$root/tmp" || exit 1
  shift 2; HOME=/tmp TERM=xterm LC_ALL=C.UTF-8 exec chroot "$root" "$@"
`;

/** An editor in a pseudo-terminal, as a person has it. */
export class EditorTerminal {
  readonly #pty: IPty;
  #shown = '';
  #ended = false;

  constructor(root: string, project: string, command: readonly string[]) {
    const args = ['--mount', 'sh', '-c', script, 'sh', root, project, ...command];
    this.#pty = spawn('unshare', args, { name: 'xterm', cols: 80, rows: 24, cwd: '/' });
    this.#pty.onData((text) => {
      this.#shown += text;
    });
    this.#pty.onExit(() => {
      this.#ended = true;
    });
  }

  press(keys: string): void {
    this.#pty.write(keys);
  }

  async shows(what: string): Promise<void> {
    await this.#until(() => this.#shown.includes(what), `shows ${what}`);
  }

  async ended(): Promise<void> {
    await this.#until(() => this.#ended, 'ends');
  }

  kill(): void {
    if (!this.#ended) this.#pty.kill('SIGKILL');
  }

  async #until(done: () => boolean, what: string): Promise<void> {
    const end = Date.now() + 20_000;
    for (; !done(); await delay(5)) {
      if (Date.now() > end) throw new Error(`the editor never ${what}: ${JSON.stringify(this.#shown)}`);
    }
  }
}
