import type { Check, Finding } from './finding.ts';
import type { Machine } from './machine.ts';

/** What boxes are made with; only the composition root knows `src/box`. */
export interface BoxFacts {
  /** Why a box may be wanted here: "the environment local is in the box demo". */
  readonly why: string;
  readonly packages: readonly string[];
  missingPackages(signal: AbortSignal): Promise<readonly string[]>;
  install(names: readonly string[], signal: AbortSignal): Promise<void>;
  /** Whether this is a Debian or a relative of it. */
  isDebian(): Promise<boolean>;
  list(): Promise<readonly { readonly name: string; readonly works: boolean; readonly why?: string }[]>;
}

const namespaces = ['mnt', 'pid', 'net', 'uts', 'ipc', 'cgroup'];

/** What a box takes of the machine. */
export function boxChecks(machine: Machine, facts: BoxFacts): Check[] {
  return [
    { area: 'boxes', check: 'box-machine', run: async () => checkMachine(machine, facts) },
    { area: 'boxes', check: 'box-kernel', run: async () => checkKernel(machine) },
    { area: 'boxes', check: 'box-packages', run: (signal) => checkPackages(machine, facts, signal) },
    { area: 'boxes', check: 'box-go', run: async () => checkGo(machine) },
    { area: 'boxes', check: 'boxes', run: () => checkBoxes(facts) },
  ];
}

type Found = Omit<Finding, 'area' | 'check'>;

function checkMachine({ platform, uid }: Machine, { why }: BoxFacts): Found {
  if (platform !== 'linux') {
    return {
      status: 'fail',
      says: `A box needs Linux; this is ${platform} (${why}).`,
      cure: 'Run kdev in a Linux virtual machine, or use a cluster you have: kdev watch --context NAME.',
    };
  }
  if (uid !== 0) {
    return {
      status: 'fail',
      says: `Only root can make a box; the user id is ${uid} (${why}).`,
      cure: 'Make it with sudo: sudo kdev box create NAME.',
    };
  }
  return { status: 'ok', says: `This is Linux, and the user is root, who may make boxes (${why}).` };
}

async function checkKernel(machine: Machine): Promise<Found> {
  if (machine.platform !== 'linux') return { status: 'skipped', says: 'A box needs Linux.' };
  const lacks: string[] = [];
  const fileSystems = (await machine.read('/proc/filesystems')) ?? '';
  if (!/\boverlay$/m.test(fileSystems)) lacks.push('the overlay file system');
  for (const name of namespaces) {
    if ((await machine.read(`/proc/sys/user/max_${name}_namespaces`))?.trim() === '0') {
      lacks.push(`${name} namespaces`);
    }
  }
  if (!/ \/sys\/fs\/cgroup[/ ]/.test((await machine.read('/proc/mounts')) ?? ''))
    lacks.push('mounted cgroups');
  if (lacks.length === 0) {
    return { status: 'ok', says: 'The kernel has namespaces, cgroups and the overlay file system.' };
  }
  return {
    status: 'fail',
    says: `The kernel lacks ${lacks.join(', ')}.`,
    cure: 'Load the module (modprobe overlay), mount the cgroups, or use a kernel that has them; in a container, ask for them.',
  };
}

async function checkPackages(machine: Machine, facts: BoxFacts, signal: AbortSignal): Promise<Found> {
  if (!(await facts.isDebian())) {
    return {
      status: 'warn',
      says: `This is no Debian: kdev cannot tell whether it has what a box is made with (${facts.packages.join(', ')}).`,
      cure: 'Install them with your package manager.',
    };
  }
  const missing = await facts.missingPackages(signal);
  if (missing.length === 0)
    return { status: 'ok', says: 'The Debian packages that a box is made with are there.' };
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  return {
    status: 'warn',
    says: `A box is made with Debian packages that are not here: ${missing.join(', ')}.`,
    cure:
      machine.uid === 0
        ? `kdev installs them when it needs them; or now: ${command}`
        : `Run: sudo ${command}`,
    ...(machine.uid === 0 && {
      fix: {
        says: `install the Debian packages ${missing.join(', ')}`,
        run: (until: AbortSignal) => facts.install(missing, until),
      },
    }),
  };
}

async function checkGo(machine: Machine): Promise<Found> {
  if (await machine.hasProgram('go')) {
    return { status: 'ok', says: 'Go is there to compile a box’s programs with.' };
  }
  return {
    status: 'fail',
    says: 'There is no Go on PATH; a box’s programs are compiled with it.',
    cure: 'Install Go 1.25 or newer.',
  };
}

async function checkBoxes(facts: BoxFacts): Promise<Found | readonly Finding[]> {
  const boxes = await facts.list();
  if (boxes.length === 0)
    return { status: 'ok', says: 'There is no box yet; kdev makes one when it needs it.' };
  return boxes.map(({ name, why, works }): Finding => {
    const named = { area: 'boxes', check: `box/${name}` } as const;
    if (works) return { ...named, status: 'ok', says: `The box ${name} works.` };
    return {
      ...named,
      status: 'warn',
      says: `The box ${name} cannot be used: it ${why ?? 'is broken'}.`,
      cure: `Make it anew with kdev box create ${name}, or remove it with kdev box delete ${name}.`,
    };
  });
}
