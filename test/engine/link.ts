import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Readable } from 'node:stream';

export type Direction = 'up' | 'down';

interface Joint {
  readonly socket: Socket;
  readonly sshd: ChildProcessWithoutNullStreams;
}

/**
 * What the API server's port-forward is to a session: each connection to its socket gets an sshd of its own. It can
 * be cut after a number of bytes, stand still without a word, or refuse.
 */
export class Link {
  refusing = false;
  readonly #server: Server;
  readonly #joints = new Set<Joint>();
  readonly #spawnSshd: () => ChildProcessWithoutNullStreams;
  #cut: { readonly direction: Direction; left: number } | undefined;
  #standing = false;
  #bytesPerMs: number | undefined;
  /** When the link has moved all that was given to it, by the monotonic clock. */
  #freeAt = 0;
  readonly #passed: Record<Direction, number> = { up: 0, down: 0 };

  constructor(file: string, spawnSshd: () => ChildProcessWithoutNullStreams) {
    this.#spawnSshd = spawnSshd;
    this.#server = createServer((socket) => this.#join(socket)).listen(file);
  }

  /** Pids of the sshds that serve a connection now. */
  get sshds(): readonly number[] {
    return [...this.#joints].flatMap(({ sshd }) => sshd.pid ?? []);
  }

  /** Every connection ends at once. */
  cut(): void {
    for (const joint of this.#joints) this.#part(joint);
  }

  /** All connections end when so many more bytes went up (to the pod) or down. */
  cutAfter(direction: Direction, bytes: number): void {
    this.#cut = { direction, left: bytes };
  }

  /** No byte passes, and nobody is told, until `standStill(false)`. */
  standStill(standing: boolean): void {
    this.#standing = standing;
    for (const { socket, sshd } of this.#joints) {
      for (const stream of [socket, sshd.stdout]) {
        if (standing) stream.pause();
        else stream.resume();
      }
    }
  }

  /** All connections together move no more than this from now on; undefined: as fast as they can. */
  slow(bytesPerSecond: number | undefined): void {
    this.#bytesPerMs = bytesPerSecond === undefined ? undefined : bytesPerSecond / 1_000;
    for (const direction of ['up', 'down'] as const) this.#passed[direction] = 0;
  }

  /** Bytes that passed since the link became slow. */
  passed(direction: Direction): number {
    return this.#passed[direction];
  }

  /** Ends what was asked for and has not happened. */
  heal(): void {
    this.#cut = undefined;
    this.refusing = false;
    this.standStill(false);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #join(socket: Socket): void {
    if (this.refusing) {
      socket.destroy();
      return;
    }
    const sshd = this.#spawnSshd();
    const joint: Joint = { socket, sshd };
    this.#joints.add(joint);
    sshd.stderr.resume();
    const part = (): void => this.#part(joint);
    for (const stream of [socket, sshd.stdin, sshd.stdout]) stream.on('error', part);
    socket.on('close', part).on('data', (chunk: Buffer) => {
      this.#hold(socket, chunk, () => this.#pass(joint, 'up', chunk, (bytes) => sshd.stdin.write(bytes)));
    });
    sshd.on('exit', part).stdout.on('data', (chunk: Buffer) => {
      this.#hold(sshd.stdout, chunk, () => this.#pass(joint, 'down', chunk, (bytes) => socket.write(bytes)));
    });
    if (this.#standing) this.standStill(true);
  }

  /** Hands bytes on once the link has moved what came before them, and takes no more from that end until then. */
  #hold(from: Readable, chunk: Buffer, pass: () => void): void {
    const now = performance.now();
    if (this.#bytesPerMs !== undefined)
      this.#freeAt = Math.max(now, this.#freeAt) + chunk.length / this.#bytesPerMs;
    if (this.#freeAt <= now) {
      pass();
      return;
    }
    from.pause();
    setTimeout(() => {
      pass();
      if (!this.#standing) from.resume();
    }, this.#freeAt - now);
  }

  #pass(joint: Joint, direction: Direction, chunk: Buffer, write: (bytes: Buffer) => void): void {
    if (!this.#joints.has(joint)) return;
    this.#passed[direction] += chunk.length;
    if (this.#cut?.direction !== direction) {
      write(chunk);
      return;
    }
    const { left } = this.#cut;
    this.#cut.left -= chunk.length;
    write(chunk.subarray(0, Math.max(0, left)));
    if (this.#cut.left > 0) return;
    this.#cut = undefined;
    // What was cut off is lost; what went before it may still arrive.
    setImmediate(() => this.cut());
  }

  #part(joint: Joint): void {
    if (!this.#joints.delete(joint)) return;
    joint.socket.destroy();
    joint.sshd.stdin.destroy();
    joint.sshd.kill('SIGKILL');
  }
}
