import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import { layerBytes } from './engine-pod.ts';
import type { Direction } from './link.ts';

/** One thing that goes wrong; a kind uses of the facts what it needs. */
export interface Fault {
  readonly kind: FaultKind;
  readonly direction: Direction;
  /** How many frames, and how far into the next. */
  readonly frames: number;
  readonly inside: boolean;
  readonly bytes: number;
  readonly ms: number;
}

const ballast = '/ballast';

const kinds = {
  'link cut': ({ pod }) => pod.link.cut(),
  'link cut after some bytes': ({ pod }, { direction, bytes }) => pod.link.cutAfter(direction, bytes),
  'cut behind or inside a frame': ({ pod }, { direction, frames, inside }) =>
    pod.gate.cutAfter(direction, frames, inside),
  'link stands still': async ({ pod }, { ms }) => {
    pod.link.standStill(true);
    await delay(ms);
    pod.link.standStill(false);
  },
  'dialling refused': async ({ pod }, { ms }) => {
    pod.link.refusing = true;
    pod.link.cut();
    await delay(ms);
    pod.link.refusing = false;
  },
  'sshd killed': ({ pod }) => {
    for (const pid of pod.link.sshds) signal(pid, 'SIGKILL');
  },
  'sshd stopped': async ({ pod }, { ms }) => {
    const { sshds } = pod.link;
    for (const pid of sshds) signal(pid, 'SIGSTOP');
    await delay(ms);
    for (const pid of sshds) signal(pid, 'SIGCONT');
  },
  'agent killed': ({ pod }) => pod.restartAgent(),
  'agent stopped': async ({ pod }, { ms }) => {
    signal(pod.agent.pid, 'SIGSTOP');
    await delay(ms);
    signal(pod.agent.pid, 'SIGCONT');
  },
  'daemon killed': async (engine) => {
    await engine.daemon.kill();
    await engine.startDaemon();
  },
  'daemon ended and started again': async (engine) => {
    await engine.daemon.stop();
    await engine.startDaemon();
  },
  'daemon stopped': async ({ daemon }, { ms }) => {
    daemon.signal('SIGSTOP');
    await delay(ms);
    daemon.signal('SIGCONT');
  },
  'container killed': ({ pod }) => pod.restartContainer(),
  'container and agent killed': async ({ pod }) => {
    await pod.container.kill();
    await pod.restartAgent();
    await pod.restartContainer();
  },
  'app killed': ({ pod }) => {
    for (const pid of childrenOf(pod.container.pid)) signal(pid, 'SIGKILL');
  },
  'disk full': ({ pod }) => fill(pod.container.at(ballast)),
  'journal’s disk full': ({ pod }) => {
    if (pod.journalBallast !== undefined) fill(pod.journalBallast);
  },
  'disks free again': (engine) => emptyDisks(engine),
  'somebody else edits the container': ({ pod }, { bytes }) => {
    const names = readdirSync(pod.container.at('/app'), { withFileTypes: true });
    const files = names.filter((entry) => entry.isFile() && entry.name !== 'of-the-image');
    const one = files[bytes % Math.max(1, files.length)];
    if (one !== undefined)
      unlessFull(() => writeFileSync(pod.container.at(`/app/${one.name}`), `drift ${bytes}`));
  },
} satisfies Readonly<Record<string, (engine: Engine, fault: Fault) => void | Promise<void>>>;

export type FaultKind = keyof typeof kinds;
export const faultKinds = Object.keys(kinds) as readonly FaultKind[];

export async function cause(fault: Fault, engine: Engine): Promise<void> {
  await kinds[fault.kind](engine, fault);
}

/** Ends what lasts of all faults. */
export function heal({ pod }: Engine): void {
  pod.link.heal();
  pod.gate.heal();
  emptyDisks({ pod });
}

function emptyDisks({ pod }: Pick<Engine, 'pod'>): void {
  rmSync(pod.container.at(ballast), { force: true });
  if (pod.journalBallast !== undefined) rmSync(pod.journalBallast, { force: true });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile, which is as good.
  }
}

/** Never more than the layer is large, whatever lies at the path. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  unlessFull(() => {
    for (const bytes = Buffer.alloc(65_536); fstatSync(file).size < 2 * layerBytes; ) writeSync(file, bytes);
  });
  closeSync(file);
}

function unlessFull(write: () => void): void {
  try {
    write();
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'ENOSPC') throw thrown;
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
