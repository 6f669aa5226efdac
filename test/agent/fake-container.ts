import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { AppState } from '../../src/core/replica-facts.ts';
import { startTimeOf } from '../start-time-of.ts';

export interface ContainerSettings {
  readonly root: string;
  readonly socket: string;
  readonly name?: string;
  readonly fingerprint?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Shell commands that run in a mount namespace of its own before the container begins. */
  readonly mounts?: string;
}

// Every Debian has perl; it stands in for the container's first process, with a root and a user of its own. Who
// changes its user without an exec is not dumpable, which would keep its root closed: prctl(PR_SET_DUMPABLE).
const program = `
  use POSIX; my ($root, $uid, $gid) = @ARGV;
  my $prctl = (POSIX::uname())[4] eq 'aarch64' ? 167 : 157;
  chroot $root or die "chroot: $!"; chdir '/';
  if ($uid) { $) = "$gid $gid"; POSIX::setgid($gid); POSIX::setuid($uid); syscall($prctl, 4, 1, 0, 0, 0); }
  $| = 1; print "up\\n"; sleep 3600 while 1;
`;

/**
 * A process with its own root directory and, in this test's process, a restarter for it that speaks to the agent as
 * docs/pod.md has it. Its app is a number: the pid that it says it has.
 */
export class FakeContainer {
  readonly requests: { readonly type: string; readonly graceMs?: number }[] = [];
  gate: 'shut' | 'open' = 'shut';
  /** A restart is answered when this is over: the app takes its grace. */
  grace: Promise<void> = Promise.resolve();
  app: AppState = { state: 'waiting' };
  registered = false;
  readonly #settings: ContainerSettings;
  readonly #nonce = randomBytes(16).toString('hex');
  #process: ChildProcess | undefined;
  #socket: Socket | undefined;
  #appPid = 1000;

  constructor(settings: ContainerSettings) {
    this.#settings = settings;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts the process; the restarter stays silent until `register`. */
  async start(): Promise<void> {
    const { root, uid = 0, gid = 0, mounts = ':' } = this.#settings;
    const script = `mount --make-rprivate / && ${mounts} && exec perl -e "$0" "$@"`;
    const child = spawn('unshare', ['--mount', 'sh', '-c', script, program, root, String(uid), String(gid)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    await once(child.stdout, 'data');
  }

  /** Registers with the agent and answers its requests from now on. */
  async register(): Promise<void> {
    const socket = createConnection(this.#settings.socket);
    this.#socket = socket;
    socket.on('error', () => undefined);
    const registered = new Promise<void>((resolve, reject) => {
      let rest = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const message = JSON.parse(line) as { type: string; id?: number; graceMs?: number };
          if (message.type === 'registered') resolve();
          else this.#answer(message);
        }
      });
      socket.once('close', () => {
        this.registered = false;
        reject(new Error('the agent refused the restarter'));
      });
    });
    socket.write(`${JSON.stringify(this.registration())}\n`);
    await registered;
    this.registered = true;
  }

  registration(): Record<string, unknown> {
    const { name = 'app', fingerprint = 'f'.repeat(64), uid = 0, gid = 0 } = this.#settings;
    return {
      type: 'register',
      protocol: 1,
      container: name,
      nonce: this.#nonce,
      pid: this.pid,
      startTime: startTimeOf(this.pid),
      uid,
      gid,
      groups: [],
      capPermitted: '0000000000000000',
      capEffective: '0000000000000000',
      fingerprint,
      readOnlyRoot: false,
      gate: this.gate,
      app: this.app,
      argv: ['app'],
      workingDir: '/',
    };
  }

  /** The container ends, and its connection with it. */
  async stop(): Promise<void> {
    this.#socket?.destroy();
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Only the connection ends, as when the agent is killed. */
  disconnect(): void {
    this.#socket?.destroy();
  }

  #answer(request: { readonly type: string; readonly id?: number; readonly graceMs?: number }): void {
    const { type, graceMs } = request;
    this.requests.push({ type, ...(graceMs !== undefined && { graceMs }) });
    const oldPid = this.app.pid;
    if (type === 'open' && this.gate === 'open') {
      this.#send({ type: 'result', id: request.id, ok: true, pid: oldPid });
      return;
    }
    if (type === 'restart' && this.gate === 'shut') {
      this.#send({ type: 'result', id: request.id, ok: false, code: 'gate-shut', message: 'not open' });
      return;
    }
    if (type === 'restart') void this.grace.then(() => this.#start(request, oldPid));
    else this.#start(request, oldPid);
  }

  #start(request: { readonly type: string; readonly id?: number }, oldPid: number | undefined): void {
    this.#appPid += 1;
    this.gate = 'open';
    this.app = { state: 'running', pid: this.#appPid };
    this.#send({ type: 'app', gate: this.gate, app: this.app });
    const facts =
      request.type === 'open' ? { pid: this.#appPid } : { oldPid, newPid: this.#appPid, killed: 0, ms: 1 };
    this.#send({ type: 'result', id: request.id, ok: true, ...facts });
  }

  #send(message: unknown): void {
    this.#socket?.write(`${JSON.stringify(message)}\n`);
  }
}
