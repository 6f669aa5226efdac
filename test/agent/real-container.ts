import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import { provideArtifact } from '../../src/artifacts/provide-artifact.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { architectureOf, hostPlatform } from '../../src/images/image-architecture.ts';
import { nodeProgram } from '../../src/images/node-program.ts';
import { sidecarBase } from '../../src/images/sidecar-base.ts';
import { restarterBinary } from '../restarter/restarter-binary.ts';
import { waitFor } from './wait-for.ts';

/** An image for `RealContainer`: busybox and the restarter; whatever else is in `dir` belongs to it too. */
export async function makeImage(dir: string): Promise<void> {
  const options = { cacheDir: cacheRoot(process.env), reporter: silentReporter };
  const architecture = architectureOf(hostPlatform());
  const nodeDir = await provideArtifact(nodeProgram(architecture), options);
  const baseDir = await provideArtifact(sidecarBase(architecture, nodeDir), options);
  mkdirSync(path.join(dir, 'kdev/bin'), { recursive: true });
  for (const folder of ['kdev/run', 'proc', 'app']) mkdirSync(path.join(dir, folder), { recursive: true });
  execFileSync('tar', ['-xf', path.join(baseDir, 'base.tar'), '-C', dir, './bin']);
  copyFileSync(await restarterBinary(), path.join(dir, 'kdev/bin/restarter'));
}

// An overlay of the image and an empty layer, as a container runtime makes one; the layer goes with the container.
const script = `
  mount --make-rprivate / && mount -t tmpfs -o "size=$4" none "$2" && mkdir "$2/upper" "$2/work" "$2/root" &&
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root" &&
  mount --bind "$3" "$2/root/kdev/run" && mount -t proc none "$2/root/proc" && cd "$2/root" || exit 1
  shift 4; exec chroot . /kdev/bin/restarter -- "$@"
`;

export interface RealContainerSettings {
  readonly imageDir: string;
  /** Empty folder that the container's layer is mounted on. */
  readonly layerDir: string;
  /** The agent's folder of sockets. */
  readonly runDir: string;
  readonly argv: readonly string[];
  /** Of its layer, as mount(8) takes it. @default '50%' of the memory */
  readonly layerSize?: string;
}

/** A container in all but its namespaces: the real restarter, on an overlay, in a root of its own. */
export class RealContainer {
  readonly #child: ChildProcess;

  constructor({ imageDir, layerDir, runDir, argv, layerSize = '50%' }: RealContainerSettings) {
    mkdirSync(layerDir, { recursive: true });
    this.#child = spawn(
      'unshare',
      ['--mount', 'sh', '-c', script, 'sh', imageDir, layerDir, runDir, layerSize, ...argv],
      {
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', KDEV_CONTAINER: 'app' },
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
  }

  /** Of the restarter. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Until its root is its own; before that `at` leads into the machine's. */
  async up(): Promise<void> {
    await waitFor('the container to have its root', () => existsSync(this.at('/kdev/bin/restarter')));
  }

  /** Host path of a path in the container. */
  at(name: string): string {
    return path.join(`/proc/${this.#child.pid}/root`, name);
  }

  read(name: string): string | undefined {
    try {
      return readFileSync(this.at(name), 'utf8');
    } catch {
      // Not there yet, or no longer.
      return undefined;
    }
  }

  /** Ends the restarter and every process of the container at once, as when the kernel is out of memory. */
  async kill(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const own = mountNamespaceOf(pid);
    const exit = once(this.#child, 'exit');
    // Before it has a namespace of its own it has no other processes, and every other one of the machine shares it.
    const alone = own === undefined || own === mountNamespaceOf(process.pid);
    const others = alone ? [] : readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    this.#child.kill('SIGKILL');
    for (const other of others) if (mountNamespaceOf(Number(other)) === own) killIfThere(Number(other));
    await exit;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

function mountNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}
