import type { Check, Finding } from './finding.ts';
import type { Machine } from './machine.ts';

interface Limit {
  readonly name: string;
  /** Below it, projects of a usual size fail. */
  readonly least: number;
  /** What `--fix` raises it to. */
  readonly raised: number;
  readonly of: string;
}

const limits: readonly Limit[] = [
  { name: 'max_user_watches', least: 65_536, raised: 1_048_576, of: 'files and folders at once' },
  {
    name: 'max_user_instances',
    least: 256,
    raised: 1_024,
    of: 'watching programs of one user, a box’s own too',
  },
];

const folder = '/proc/sys/fs/inotify';
/** Read at boot, so that what was raised stays so. */
const settingsFile = '/etc/sysctl.d/60-kdev.conf';

/** Linux limits how much one user may watch. */
export function inotifyCheck(machine: Machine): Check {
  return {
    area: 'machine',
    check: 'inotify',
    run: async () => {
      if (machine.platform !== 'linux') {
        return { status: 'skipped', says: `${machine.platform} has no inotify limits.` };
      }
      const values = await Promise.all(
        limits.map(async (limit) => ({ ...limit, value: await readLimit(machine, limit.name) })),
      );
      return values.map((limit) => findingOf(machine, limit));
    },
  };
}

async function readLimit(machine: Machine, name: string): Promise<number | undefined> {
  const text = await machine.read(`${folder}/${name}`);
  return text === undefined ? undefined : Number(text);
}

function findingOf(machine: Machine, limit: Limit & { readonly value: number | undefined }): Finding {
  const { least, name, of, raised, value } = limit;
  const named = { area: 'machine', check: `inotify-${name.replaceAll('_', '-')}` } as const;
  if (value === undefined) return { ...named, status: 'skipped', says: `fs.inotify.${name} cannot be read.` };
  const says = `fs.inotify.${name} is ${value}: ${of}.`;
  if (value >= least) return { ...named, status: 'ok', says };
  return {
    ...named,
    status: 'warn',
    says: `${says} A large project, or several boxes, need more.`,
    cure: `sudo sysctl fs.inotify.${name}=${raised}`,
    ...(machine.uid === 0 && {
      fix: {
        says: `raise fs.inotify.${name} to ${raised}, now and at boot (${settingsFile})`,
        run: () => raise(machine, name, raised),
      },
    }),
  };
}

async function raise(machine: Machine, name: string, value: number): Promise<void> {
  await machine.write(`${folder}/${name}`, `${value}\n`);
  const others = ((await machine.read(settingsFile)) ?? '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(`fs.inotify.${name} `));
  await machine.write(settingsFile, [...others, `fs.inotify.${name} = ${value}`, ''].join('\n'));
}
