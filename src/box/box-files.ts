import { createHash } from 'node:crypto';
import path from 'node:path';
import type { BoxPlace } from './box.ts';

/** Where everything of one box is on the host, and how it is called in tables the machine shares. */
export interface BoxFiles {
  /** 8 hex digits, equal for equal name and state folder: names of links, rules and cgroups carry it. */
  readonly id: string;
  /** The box's folder; removing it removes all that is on disk. */
  readonly dir: string;
  readonly record: string;
  readonly initConfig: string;
  readonly initPid: string;
  readonly status: string;
  readonly kubeconfig: string;
  readonly pki: string;
  readonly logs: string;
  /** Upper layer of the box's root file system. */
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
  /** Plain directories for what cannot live on an overlay or should be easy to find. */
  readonly data: string;
  /** The host's end of the link to the box; 15 bytes at most, as the kernel wants it. */
  readonly link: string;
  /** Name of the nftables table and of the comment on other firewall rules. */
  readonly firewall: string;
  readonly cgroup: string;
}

export function boxFiles(place: BoxPlace, name: string): BoxFiles {
  const dir = path.join(boxesDir(place), name);
  const id = createHash('sha256').update(dir).digest('hex').slice(0, 8);
  return {
    id,
    dir,
    record: path.join(dir, 'box.json'),
    initConfig: path.join(dir, 'init.json'),
    initPid: path.join(dir, 'init.pid'),
    status: path.join(dir, 'status.json'),
    kubeconfig: path.join(dir, 'kubeconfig'),
    pki: path.join(dir, 'pki'),
    logs: path.join(dir, 'log'),
    upper: path.join(dir, 'upper'),
    work: path.join(dir, 'work'),
    merged: path.join(dir, 'merged'),
    data: path.join(dir, 'data'),
    link: `kdev${id}`,
    firewall: `kdev_box_${id}`,
    cgroup: `kdev-box-${id}`,
  };
}

export function boxesDir(place: BoxPlace): string {
  return path.join(path.resolve(place.stateDir), 'boxes');
}

export function machineDirOf(place: BoxPlace): string {
  return place.machineDir ?? '/run/kdev';
}
