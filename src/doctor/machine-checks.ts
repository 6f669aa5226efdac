import { formatBytes } from '../core/measures.ts';
import type { Check } from './finding.ts';
import type { Machine } from './machine.ts';

/** What package.json asks for. */
const nodeNeeded = [20, 19] as const;

/** Free bytes below which boxes and images soon fail. */
const lowSpace = 5e9;
const noSpace = 1e9;

/** What every kdev needs of the machine, with or without a cluster. */
export function machineChecks(
  machine: Machine,
  folders: { readonly cache: string; readonly state: string },
): Check[] {
  return [
    {
      area: 'machine',
      check: 'node-version',
      run: async () => {
        const [major = 0, minor = 0] = machine.nodeVersion.replace(/^v/, '').split('.').map(Number);
        const [least, leastMinor] = nodeNeeded;
        const enough = major > least || (major === least && minor >= leastMinor);
        return enough
          ? { status: 'ok', says: `Node.js ${machine.nodeVersion} is new enough.` }
          : {
              status: 'fail',
              says: `Node.js ${machine.nodeVersion} is too old: kdev needs ${nodeNeeded.join('.')} or newer.`,
              cure: 'Install a newer Node.js.',
            };
      },
    },
    {
      area: 'machine',
      check: 'locking',
      run: async () =>
        (await machine.hasProgram('flock'))
          ? { status: 'ok', says: 'flock is there, so that two kdevs do not make the same thing at once.' }
          : {
              status: 'fail',
              says: 'There is no flock: kdev cannot lock what it makes.',
              cure: 'Install util-linux.',
            },
    },
    diskCheck(machine, 'disk-cache', 'KDEV_CACHE_DIR', folders.cache),
    diskCheck(machine, 'disk-state', 'KDEV_STATE_DIR', folders.state),
  ];
}

function diskCheck(machine: Machine, check: string, variable: string, folder: string): Check {
  return {
    area: 'machine',
    check,
    run: async () => {
      const { freeBytes, writable } = await machine.folder(folder);
      if (!writable) {
        return {
          status: 'fail',
          says: `${folder} cannot be written to.`,
          cure: `Make it writable, or name another folder in ${variable}.`,
        };
      }
      const says = `${formatBytes(freeBytes)} are free for ${folder}.`;
      if (freeBytes >= lowSpace) return { status: 'ok', says };
      const cure = `Free some space, or name a folder on another disk in ${variable}.`;
      return { status: freeBytes < noSpace ? 'fail' : 'warn', says, cure };
    },
  };
}
