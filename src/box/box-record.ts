import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BoxPlace, BoxSettings } from './box.ts';
import { boxesDir } from './box-files.ts';

/** What is on disk about a box; written before anything of the box is made. */
export interface BoxRecord {
  readonly version: 1;
  readonly name: string;
  readonly settings: BoxSettings;
  /** The /22 it got, whether asked for or chosen. */
  readonly subnet: string;
  /** `creating` until everything that a box promises was seen to work. */
  readonly phase: 'creating' | 'ready';
  /** RFC 3339. */
  readonly created: string;
  /** Full names of the well-known images that the mirror answers for. */
  readonly standIns: readonly string[];
}

export async function readRecord(file: string): Promise<BoxRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as BoxRecord);
}

export async function writeRecord(file: string, record: BoxRecord): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.partial`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${file}.partial`, file);
}

/** Names of all folders that are, were or begin to be boxes. */
export async function recordedNames(place: BoxPlace): Promise<string[]> {
  const entries = await readdir(boxesDir(place), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

export function sameSettings(a: BoxSettings, b: BoxSettings): boolean {
  return a.subnet === b.subnet && a.upstream === b.upstream;
}
