import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { ofTests } from '../of-tests.ts';

/** Both ends of the cable, in TEST-NET-1, which nobody has; the namespace may have two of its addresses. */
const boxAddress = '192.0.2.1';
const addresses = ['192.0.2.2', '192.0.2.3'] as const;
const prefix = 24;

/**
 * A network namespace of its own, as a laptop has its own network, with a cable to a box and to nothing else. What is
 * done to its network nobody else notices.
 */
export class NetworkNamespace {
  /** Where the box's API server answers, seen from in here. */
  readonly server: string;
  /** Runs a command in here, in its own place. */
  readonly through: readonly string[];
  readonly #holder: ChildProcess;
  readonly #device: string;
  #address: string = addresses[0];

  private constructor(holder: ChildProcess, port: string) {
    this.#holder = holder;
    this.#device = `kdt${holder.pid}`;
    this.server = `https://${boxAddress}:${port}`;
    this.through = ['nsenter', `--net=/proc/${holder.pid}/ns/net`, '--', 'env', ofTests];
  }

  /** @param server the address of the API server of a box on this machine */
  static async join(server: URL): Promise<NetworkNamespace> {
    const holder = spawn('env', [ofTests, 'unshare', '--net', 'sh', '-c', 'echo ready; exec sleep 100000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (holder.stdout) await once(holder.stdout, 'data');
    const namespace = new NetworkNamespace(holder, server.port);
    const device = namespace.#device;
    const box = apiServerOf(server.hostname);
    const inBox = (...command: string[]): void =>
      run('nsenter', `--net=/proc/${box}/ns/net`, '--', ...command);
    namespace.#run('ip', 'link', 'add', device, 'type', 'veth', 'peer', 'name', `${device}b`);
    namespace.#run('ip', 'link', 'set', `${device}b`, 'netns', `${box}`);
    inBox('ip', 'address', 'add', `${boxAddress}/${prefix}`, 'dev', `${device}b`);
    inBox('ip', 'link', 'set', `${device}b`, 'up');
    namespace.#run('ip', 'address', 'add', `${addresses[0]}/${prefix}`, 'dev', device);
    for (const each of [device, 'lo']) namespace.#run('ip', 'link', 'set', each, 'up');
    return namespace;
  }

  /** From now on every packet that comes or goes vanishes, or none. */
  dropPackets(drop: boolean): void {
    const how = drop ? '--append' : '--delete';
    this.#run('iptables', how, 'INPUT', '--in-interface', this.#device, '--jump', 'DROP');
    this.#run('iptables', how, 'OUTPUT', '--out-interface', this.#device, '--jump', 'DROP');
  }

  /** The address is another one from now on; what was connected from the old one hears nothing more. */
  changeAddress(): void {
    const [first, second] = addresses;
    const next = this.#address === first ? second : first;
    this.#run('ip', 'address', 'delete', `${this.#address}/${prefix}`, 'dev', this.#device);
    this.#run('ip', 'address', 'add', `${next}/${prefix}`, 'dev', this.#device);
    this.#address = next;
  }

  /** With the namespace the cable goes, also its other end. */
  async remove(): Promise<void> {
    const exit = once(this.#holder, 'exit');
    this.#holder.kill('SIGKILL');
    await exit;
  }

  #run(...command: string[]): void {
    run(...this.through, ...command);
  }
}

function run(program = '', ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The pid of the API server that tells the others this address. */
function apiServerOf(address: string): string {
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return /kube-apiserver$/.test(argv[0] ?? '') && argv.includes(`--advertise-address=${address}`);
    } catch {
      return false; // it ended
    }
  });
  if (found === undefined) throw new Error(`no API server of ${address} runs here`);
  return found;
}
