import { readlinkSync } from 'node:fs';
import type { TreeEntry } from '../core/entry.ts';
import { type Digested, digestFile, digestLargeFile, largeBytes } from './digest-file.ts';
import { type Look, lookAt, lookOfError } from './look.ts';
import { fromFsBytes, toFsPath } from './path-bytes.ts';
import { isRacy, type Stamp } from './stamp.ts';

/** An entry together with what it was read under. */
export interface Observed {
  readonly entry: TreeEntry;
  /** The nine permission bits. */
  readonly mode: number;
  readonly stamp: Stamp;
  /** Its content may change without its stamp, see `isRacy`. */
  readonly racy: boolean;
}

export type EntryReading =
  /** `content` where it had to be read for the digest. */
  | { readonly type: 'entry'; readonly observed: Observed; readonly content?: Uint8Array }
  | { readonly type: 'missing' }
  | Extract<Look, { type: 'special' | 'unreadable' }>
  /** Still being written after several tries. */
  | { readonly type: 'changing' };

/** Where digests of unchanged files come from, so that they need not be read. */
export interface KnownDigests {
  find(path: string, stamp: Stamp): string | undefined;
}

export const noDigests: KnownDigests = { find: () => undefined };

const tries = 5;

/**
 * The entry at an absolute path, with entry, mode and stamp belonging together. `key` is what `digests` knows the
 * path by. Rejects with the signal's reason only.
 */
export async function readEntry(
  path: string,
  options: { readonly key?: string; readonly digests?: KnownDigests; readonly signal?: AbortSignal } = {},
): Promise<EntryReading> {
  const { key = path, digests = noDigests, signal } = options;
  for (let attempt = 0; attempt < tries; attempt++) {
    const look = lookAt(path);
    if (look.type === 'missing' || look.type === 'special' || look.type === 'unreadable') return look;
    const reading = readLooked(path, look, digests.find(key, look.stamp));
    if (reading.type === 'large') {
      const digested = await digestLargeFile(path, reading.look.stamp, signal);
      const large = readingOf(reading.look, digested);
      if (large.type !== 'changing') return large;
    } else if (reading.type !== 'changing') {
      return reading;
    }
  }
  return { type: 'changing' };
}

export type LookedReading =
  | EntryReading
  /** Too large to read at once: `digestLargeFile`, then `readingOf`. */
  | { readonly type: 'large'; readonly look: Extract<Look, { type: 'file' }> };

/** Completes a look with content, digest or target without waiting; `known` is the digest where it is known. */
export function readLooked(
  path: string,
  look: Extract<Look, { type: 'file' | 'dir' | 'link' }>,
  known?: string,
): LookedReading {
  switch (look.type) {
    case 'dir':
      return entryReading(look, { type: 'dir' }, false);
    case 'link':
      return readLink(path, look);
    case 'file':
      if (known !== undefined) return readingOf(look, { type: 'digest', digest: known }, false);
      if (look.stamp.size > largeBytes) return { type: 'large', look };
      return readingOf(look, digestFile(path, look.stamp));
    default:
      return look satisfies never;
  }
}

/** What a look and the digest that was read under it say together. */
export function readingOf(
  look: Extract<Look, { type: 'file' }>,
  digested: Digested,
  racy = isRacy(look.stamp, Date.now()),
): EntryReading {
  if (digested.type !== 'digest') return digested;
  const { size } = look.stamp;
  const reading = entryReading(look, { type: 'file', size, exec: look.exec, digest: digested.digest }, racy);
  return digested.content === undefined ? reading : { ...reading, content: digested.content };
}

function readLink(path: string, look: Extract<Look, { type: 'link' }>): EntryReading {
  try {
    const target = fromFsBytes(readlinkSync(toFsPath(path), 'buffer'));
    return entryReading(look, { type: 'link', target }, false);
  } catch (thrown) {
    const why = lookOfError(thrown);
    // EINVAL: it is no link any more.
    return why.type === 'unreadable' && why.code === 'EINVAL' ? { type: 'changing' } : why;
  }
}

function entryReading(
  look: { readonly mode: number; readonly stamp: Stamp },
  entry: TreeEntry,
  racy: boolean,
): Extract<EntryReading, { type: 'entry' }> {
  return { type: 'entry', observed: { entry, mode: look.mode, stamp: look.stamp, racy } };
}
