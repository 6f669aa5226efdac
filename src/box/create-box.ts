import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ensureDebianPackages } from '../artifacts/debian-packages.ts';
import { lockFile } from '../artifacts/file-lock.ts';
import { KdevError } from '../core/error.ts';
import type { Reporter } from '../core/reporter.ts';
import type { Box, BoxImage, BoxPlace, BoxSettings } from './box.ts';
import { type BoxFiles, boxesDir, boxFiles, machineDirOf } from './box-files.ts';
import { boxHealth, contextNameOf } from './box-health.ts';
import { checkBoxName } from './box-name.ts';
import { type BoxPrograms, pauseImage, provideBoxPrograms } from './box-programs.ts';
import { type BoxRecord, readRecord, sameSettings, writeRecord } from './box-record.ts';
import { chooseSubnet, hostSubnets } from './choose-subnet.ts';
import { checkHost, checkSpace, type Host, thisHost } from './host-checks.ts';
import { connectBox } from './host-network.ts';
import { launchBox } from './launch-box.ts';
import { addClaim, readClaims, withMachine } from './machine-claims.ts';
import { writeNodeFiles } from './node-files.ts';
import { isAlive } from './process-identity.ts';
import { seedRegistry } from './registry-storage.ts';
import { addressesIn, formatSubnet, requireBoxSubnet } from './subnet.ts';
import { tearDown } from './tear-down.ts';
import { waitReady } from './wait-ready.ts';

export interface CreateBoxOptions extends BoxPlace {
  readonly name: string;
  readonly settings?: BoxSettings;
  /** Images of kdev's own that the mirror answers for as well. */
  readonly images?: readonly BoxImage[];
  /** See `cacheRoot`. */
  readonly cacheDir: string;
  /** The project's `images/box`. */
  readonly sourcesDir: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  /** @default this machine */
  readonly host?: Host;
}

/** What has to be on the person's machine; everything else lives in the box's own root file system. */
const hostPackages = ['iproute2', 'nftables', 'util-linux', 'mount', 'ca-certificates'];

/**
 * Makes a box, or finds it already there: a live box of that name with equal settings is returned as it is, after
 * its mirror got the images it lacks. One that died or was never finished is replaced. The box outlives this process.
 * Where this fails or is aborted, nothing of the box stays.
 *
 * @throws KdevError before anything is touched: `box-name-invalid`, `box-subnet-invalid`, `box-needs-linux`,
 * `box-needs-root`, `box-no-space`, `box-settings-differ`, `box-subnet-in-use`; later `box-not-ready` and those of
 * the artifacts; the signal's reason when aborted.
 */
export async function createBox(options: CreateBoxOptions): Promise<Box> {
  const { name, reporter, signal } = options;
  const settings = options.settings ?? {};
  const host = options.host ?? thisHost;
  checkBoxName(name);
  if (settings.subnet !== undefined) requireBoxSubnet(settings.subnet);
  checkHost(host, `kdev box create ${name}`);
  signal?.throwIfAborted();

  const files = boxFiles(options, name);
  await mkdir(boxesDir(options), { recursive: true });
  const lock = await lockFile(files.lock, {
    signal,
    onWait: () => reporter.step(`waiting for another kdev that works on the box ${name}`),
  });
  try {
    return (await findBox(options, files, settings)) ?? (await makeBox(options, files, settings, host));
  } finally {
    await lock.release();
  }
}

/** The box that is there already; undefined when there is none or what there was has been cleared away. */
async function findBox(
  options: CreateBoxOptions,
  files: BoxFiles,
  settings: BoxSettings,
): Promise<Box | undefined> {
  const record = await readRecord(files.record);
  const health = await boxHealth(files, record);
  if (health.works) {
    if (record && !sameSettings(record.settings, settings)) throw settingsDiffer(record, settings);
    await seedRegistry(path.join(files.data, 'mirror'), options.images ?? []);
    return health.box;
  }
  if (record) options.reporter.step(`replacing the box ${options.name}, which ${health.why}`);
  await tearDown(options, files);
  return undefined;
}

async function makeBox(
  options: CreateBoxOptions,
  files: BoxFiles,
  settings: BoxSettings,
  host: Host,
): Promise<Box> {
  const { name, reporter, signal } = options;
  await checkSpace(host, options.stateDir);
  await ensureDebianPackages(hostPackages, { reporter, signal });
  const claimed = await hostSubnets(signal);
  if (settings.subnet !== undefined) chooseSubnet(settings.subnet, claimed);
  const programs = await provideBoxPrograms(options);
  reporter.step(`starting the box ${name}`);
  try {
    const record = await claimSubnet(options, files, settings, programs);
    await startBox(options, files, record, programs);
    await writeRecord(files.record, { ...record, phase: 'ready' });
    const health = await boxHealth(files, await readRecord(files.record));
    if (health.works) return health.box;
    throw new Error(`the box ${health.why}`);
  } catch (thrown) {
    await tearDown(options, files);
    throw thrown;
  }
}

function claimSubnet(
  options: CreateBoxOptions,
  files: BoxFiles,
  settings: BoxSettings,
  programs: BoxPrograms,
): Promise<BoxRecord> {
  const machineDir = machineDirOf(options);
  return withMachine(machineDir, options.signal, async () => {
    const claims = (await readClaims(machineDir)).map((claim) => ({
      subnet: requireBoxSubnet(claim.subnet),
      by: `the box ${claim.name}`,
    }));
    const subnet = formatSubnet(
      chooseSubnet(settings.subnet, [...claims, ...(await hostSubnets(options.signal))]),
    );
    const record: BoxRecord = {
      version: 1,
      name: options.name,
      settings,
      subnet,
      phase: 'creating',
      created: new Date().toISOString(),
      standIns: [...programs.images, ...(options.images ?? [])].map((image) => image.reference),
    };
    await writeRecord(files.record, record);
    await addClaim(machineDir, { id: files.id, name: options.name, subnet, record: files.record });
    return record;
  });
}

async function startBox(
  options: CreateBoxOptions,
  files: BoxFiles,
  record: BoxRecord,
  programs: BoxPrograms,
): Promise<void> {
  const { name, reporter, signal } = options;
  const addresses = addressesIn(requireBoxSubnet(record.subnet));
  await writeNodeFiles({ name, files, addresses, settings: record.settings, pauseImage });
  await seedRegistry(path.join(files.data, 'mirror'), [...programs.images, ...(options.images ?? [])]);
  const identity = await launchBox({
    name,
    files,
    addresses,
    programs,
    contextName: contextNameOf(name),
    reporter,
    signal,
  });
  await connectBox(files, addresses, identity.pid, signal);
  await waitReady({
    name,
    files,
    addresses,
    standIns: record.standIns,
    alive: () => isAlive(identity),
    onReached: (what) => reporter.detail(`${what} is there`),
    signal,
  });
}

function settingsDiffer(record: BoxRecord, wanted: BoxSettings): KdevError {
  return new KdevError({
    code: 'box-settings-differ',
    fault: 'user',
    what: `There is a box ${record.name} already, with other settings.`,
    why: `It was made with ${JSON.stringify(record.settings)}, and ${JSON.stringify(wanted)} is asked for now.`,
    cure: `Choose another name, or remove it first: kdev box delete ${record.name}`,
  });
}
