import { ensureDebianPackages } from '../artifacts/debian-packages.ts';
import type { ProvideOptions } from '../artifacts/provide-artifact.ts';
import type { Box, BoxImage, BoxPlace, BoxSettings } from './box.ts';
import { type BoxFiles, machineDirOf } from './box-files.ts';
import { boxHealth, contextNameOf } from './box-health.ts';
import { type BoxPrograms, pauseImage, provideBoxPrograms } from './box-programs.ts';
import { type BoxRecord, readRecord, writeRecord } from './box-record.ts';
import { chooseSubnet, hostSubnets } from './choose-subnet.ts';
import { connectBox } from './host-network.ts';
import { launchBox } from './launch-box.ts';
import { addClaim, readClaims, withMachine } from './machine-claims.ts';
import { mirrorStorage } from './mirror-images.ts';
import { writeNodeFiles } from './node-files.ts';
import { isAlive } from './process-identity.ts';
import { seedRegistry } from './registry-storage.ts';
import { standIns } from './stand-ins.ts';
import { addressesIn, formatSubnet, requireBoxSubnet } from './subnet.ts';
import { tearDown } from './tear-down.ts';
import { waitReady } from './wait-ready.ts';

export interface MakeBoxOptions extends BoxPlace, ProvideOptions {
  readonly name: string;
  readonly files: BoxFiles;
  readonly settings: BoxSettings;
  readonly images?: readonly BoxImage[] | (() => Promise<readonly BoxImage[]>);
  /** The project's `images/box`. */
  readonly sourcesDir: string;
}

/** What has to be on the person's machine; everything else lives in the box's own root file system. */
export const hostPackages = ['iproute2', 'nftables', 'util-linux', 'mount', 'ca-certificates'];

/**
 * The stages of making a box where there is none, in their order. Nothing of the box stays where one fails.
 *
 * @throws KdevError `box-subnet-in-use`, `box-launch-failed`, `box-not-ready`, and those of packages and artifacts.
 */
export async function makeBox(options: MakeBoxOptions): Promise<Box> {
  const { files, name, reporter, signal } = options;
  await ensureDebianPackages(hostPackages, { reporter, signal });
  const programs = await provideBoxPrograms(options);
  reporter.step(`starting the box ${name}`);
  try {
    const record = await claimSubnet(options);
    await startBox(options, record, programs);
    await writeRecord(files.record, { ...record, phase: 'ready' });
    const health = await boxHealth(files, await readRecord(files.record));
    if (health.works) return health.box;
    throw new Error(`the box ${health.why}`);
  } catch (thrown) {
    await tearDown(options, files);
    signal?.throwIfAborted();
    throw thrown;
  }
}

function claimSubnet(options: MakeBoxOptions): Promise<BoxRecord> {
  const { files, name, reporter, settings, signal } = options;
  const machineDir = machineDirOf(options);
  return withMachine(machineDir, signal, async () => {
    const claims = (await readClaims(machineDir)).map((claim) => ({
      subnet: requireBoxSubnet(claim.subnet),
      by: `the box ${claim.name}`,
    }));
    const subnet = formatSubnet(chooseSubnet(settings.subnet, [...claims, ...(await hostSubnets())]));
    const record: BoxRecord = {
      version: 1,
      name,
      settings,
      subnet,
      phase: 'creating',
      created: new Date().toISOString(),
      standIns: standIns.flatMap((standIn) => standIn.references),
    };
    await writeRecord(files.record, record);
    await addClaim(machineDir, { id: files.id, name, subnet, record: files.record });
    reporter.detail(`subnet ${subnet}`);
    return record;
  });
}

async function startBox(options: MakeBoxOptions, record: BoxRecord, programs: BoxPrograms): Promise<void> {
  const { files, name, reporter, settings, signal, sourcesDir } = options;
  const addresses = addressesIn(requireBoxSubnet(record.subnet));
  await writeNodeFiles({ name, files, addresses, settings, pauseImage, sourcesDir });
  await seedRegistry(mirrorStorage(files), programs.images);
  const contextName = contextNameOf(name);
  const identity = await launchBox({ name, files, addresses, programs, contextName, reporter, signal });
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
