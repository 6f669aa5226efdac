import { KdevError } from '../core/error.ts';
import type { Reporter } from '../core/reporter.ts';
import type { Box, BoxImage, BoxPlace, BoxSettings } from './box.ts';
import { type BoxFiles, boxFiles } from './box-files.ts';
import { boxHealth } from './box-health.ts';
import { checkBoxName } from './box-name.ts';
import { type BoxRecord, readRecord, sameSettings } from './box-record.ts';
import { chooseSubnet, hostSubnets } from './choose-subnet.ts';
import { checkHost, checkSpace, type Host, thisHost } from './host-checks.ts';
import { lockBox } from './lock-box.ts';
import { makeBox } from './make-box.ts';
import { imagesOf, refreshImages } from './mirror-images.ts';
import { requireBoxSubnet } from './subnet.ts';
import { tearDown } from './tear-down.ts';
import { checkUpstream } from './upstream.ts';

export interface CreateBoxOptions extends BoxPlace {
  readonly name: string;
  readonly settings?: BoxSettings;
  /**
   * Further images that the mirror answers for; a function is called only after the request was found sound, for
   * images that take long to make.
   */
  readonly images?: readonly BoxImage[] | (() => Promise<readonly BoxImage[]>);
  /** See `cacheRoot`. */
  readonly cacheDir: string;
  /** The project's `images/box`. */
  readonly sourcesDir: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  /** @default this machine */
  readonly host?: Host;
}

/**
 * Makes a box, or finds it already there: a live box of that name with equal settings is returned as it is, after
 * its mirror got the images it lacks. One that died or was never finished is replaced. The box outlives this process.
 * Where this fails or is aborted, nothing of the box stays.
 *
 * @throws KdevError before anything is touched: `box-name-invalid`, `box-subnet-invalid`,
 * `box-upstream-invalid`, `box-needs-linux`,
 * `box-needs-root`, `box-no-space`, `box-settings-differ`, `box-subnet-in-use`; later `box-not-ready` and those of
 * the artifacts; the signal's reason when aborted.
 */
export async function createBox(options: CreateBoxOptions): Promise<Box> {
  const { name, signal } = options;
  const settings = options.settings ?? {};
  const host = options.host ?? thisHost;
  checkBoxName(name);
  if (settings.subnet !== undefined) requireBoxSubnet(settings.subnet);
  if (settings.upstream !== undefined) checkUpstream(settings.upstream);
  checkHost(host, `kdev box create ${name}`);
  signal?.throwIfAborted();

  const files = boxFiles(options, name);
  if ((await readRecord(files.record)) === undefined) await checkRoom(options, settings, host);
  const lock = await lockBox(options, files, options);
  try {
    return (await findBox(options, files, settings)) ?? (await makeBox({ ...options, files, settings }));
  } finally {
    await lock.release();
  }
}

/** What can be known to fail without touching anything. */
async function checkRoom(options: CreateBoxOptions, settings: BoxSettings, host: Host): Promise<void> {
  await checkSpace(host, options.stateDir);
  chooseSubnet(settings.subnet, await hostSubnets());
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
    await refreshImages(health.box.pid, files, await imagesOf(options.images));
    return health.box;
  }
  if (record) options.reporter.step(`replacing the box ${options.name}, which ${health.why}`);
  await tearDown(options, files);
  return undefined;
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
