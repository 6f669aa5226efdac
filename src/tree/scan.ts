import { listNames } from './list-names.ts';
import { type Look, lookAt, lookOfError } from './look.ts';
import {
  type EntryReading,
  type KnownDigests,
  noDigests,
  type Observed,
  readEntry,
  readLooked,
} from './read-entry.ts';
import { runInSlices } from './slices.ts';

export interface ScanOptions {
  /** Absolute; a file or a link is a tree of one path. */
  readonly root: string;
  /** Asked once a path, parents first; what is below an ignored directory is never looked at. */
  readonly ignored?: (path: string, isDirectory: boolean) => boolean;
  readonly digests?: KnownDigests;
  readonly signal?: AbortSignal;
}

export interface Scan {
  /** By path relative to the root, parents before children; the root itself is `.`. Empty when it does not exist. */
  readonly paths: ReadonlyMap<string, Observed>;
  /** What is there and is not in `paths`. A path at or below an `unreadable` one says nothing by its absence. */
  readonly skipped: readonly SkippedPath[];
}

export interface SkippedPath {
  readonly path: string;
  readonly why: Extract<EntryReading, { type: 'special' | 'unreadable' | 'changing' }>;
}

/** How many large files are read at the same time. */
const largeReads = 4;

/**
 * Everything at and below a directory. Works in short slices, so the event loop stays free; paths that change
 * meanwhile are read as they are when their turn comes. Rejects with the signal's reason only.
 */
export async function scanTree(options: ScanOptions): Promise<Scan> {
  const scan = { paths: new Map<string, Observed>(), skipped: [] as SkippedPath[], large: [] as string[] };
  await runInSlices(walk(options, scan), options.signal);
  const queue = scan.large.values();
  const readers = Array.from({ length: largeReads }, async () => {
    for (const path of queue) note(scan, path, await readAt(options, path));
  });
  await Promise.all(readers);
  return { paths: scan.paths, skipped: scan.skipped };
}

interface Collected {
  readonly paths: Map<string, Observed>;
  readonly skipped: SkippedPath[];
  readonly large: string[];
}

function* walk(options: ScanOptions, scan: Collected): Generator<void, void, void> {
  const directories = visit(options, scan, '.', lookAt(options.root)) ? ['.'] : [];
  for (let dir = directories.pop(); dir !== undefined; dir = directories.pop()) {
    for (const name of listOrSkip(options, scan, dir)) {
      const path = dir === '.' ? name : `${dir}/${name}`;
      if (visit(options, scan, path, lookAt(`${options.root}/${path}`))) directories.push(path);
      yield;
    }
  }
}

/** Takes one path in; true for a directory to descend into. */
function visit(options: ScanOptions, scan: Collected, path: string, look: Look): boolean {
  if (path !== '.' && options.ignored?.(path, look.type === 'dir')) return false;
  if (look.type === 'missing') return false;
  if (look.type === 'special' || look.type === 'unreadable') {
    scan.skipped.push({ path, why: look });
    return false;
  }
  const { digests = noDigests } = options;
  const known = look.type === 'file' ? digests.find(path, look.stamp) : undefined;
  const reading = readLooked(absolute(options, path), look, known);
  if (reading.type === 'large' || reading.type === 'changing') scan.large.push(path);
  else note(scan, path, reading);
  return look.type === 'dir';
}

function listOrSkip(options: ScanOptions, scan: Collected, dir: string): readonly string[] {
  try {
    return listNames(absolute(options, dir));
  } catch (thrown) {
    const why = lookOfError(thrown);
    if (why.type === 'unreadable') scan.skipped.push({ path: dir, why });
    else scan.paths.delete(dir);
    return [];
  }
}

function note(scan: Collected, path: string, reading: EntryReading): void {
  if (reading.type === 'entry') scan.paths.set(path, reading.observed);
  else if (reading.type !== 'missing') scan.skipped.push({ path, why: reading });
}

function readAt(options: ScanOptions, path: string): Promise<EntryReading> {
  const { digests, signal } = options;
  return readEntry(absolute(options, path), {
    key: path,
    ...(digests !== undefined && { digests }),
    ...(signal !== undefined && { signal }),
  });
}

function absolute(options: ScanOptions, path: string): string {
  return path === '.' ? options.root : `${options.root}/${path}`;
}
