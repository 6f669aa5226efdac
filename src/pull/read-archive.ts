import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { KdevError } from '../core/error.ts';
import type { WantedFile } from './choose-paths.ts';

/** One entry of an archive that was asked for. A file's content must be read to its end before the next one comes. */
export type ArchiveEntry =
  | {
      readonly type: 'file';
      readonly wanted: WantedFile;
      readonly exec: boolean;
      /** Throws `pull-broken` when it is cut off. */
      readonly content: AsyncIterable<Uint8Array>;
      /** Instead of reading the content. */
      readonly skip: () => void;
    }
  | { readonly type: 'link'; readonly wanted: WantedFile; readonly target: string };

/** Something in an archive that nobody asked for, or of a kind that is never written. */
export interface RefusedEntry {
  readonly name: string;
  readonly reason: string;
}

/**
 * Reads a tar that a container made, which may say anything: only names that were asked for come through, each once,
 * and only as files and links.
 *
 * @throws KdevError `pull-broken` when the archive is cut off or is none
 */
export async function* readArchive(options: {
  readonly archive: Readable;
  readonly wanted: readonly WantedFile[];
  readonly onRefused: (entry: RefusedEntry) => void;
}): AsyncGenerator<ArchiveEntry> {
  const { archive, onRefused } = options;
  const left = new Map(options.wanted.map((wanted) => [wanted.containerPath, wanted]));
  const unpacked = extract();
  let cause: Error | undefined;
  archive.on('error', (error) => {
    cause = error;
    unpacked.destroy(error);
  });
  // Whoever reads an entry hears of it as well.
  unpacked.on('error', (error) => {
    cause ??= error;
  });
  archive.pipe(unpacked);
  try {
    for await (const entry of unpacked) {
      const { name, type, linkname, mode = 0 } = entry.header;
      const wanted = left.get(name);
      const reason = wanted === undefined ? 'nobody asked for it' : reasonAgainst(type, linkname);
      if (wanted === undefined || reason !== undefined) {
        onRefused({ name, reason: reason ?? '' });
        entry.resume();
        continue;
      }
      left.delete(name);
      if (type === 'symlink') {
        entry.resume();
        yield { type: 'link', wanted, target: linkname ?? '' };
      } else {
        yield {
          type: 'file',
          wanted,
          exec: (mode & 0o111) !== 0,
          content: whole(entry as unknown as AsyncIterable<Uint8Array>, () => cause),
          skip: () => entry.resume(),
        };
      }
    }
  } catch (error) {
    throw broken(cause ?? error);
  }
}

async function* whole(
  entry: AsyncIterable<Uint8Array>,
  cause: () => Error | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* entry;
  } catch (error) {
    throw broken(cause() ?? error);
  }
}

function reasonAgainst(
  type: string | null | undefined,
  linkname: string | null | undefined,
): string | undefined {
  if (type === 'file') return undefined;
  if (type !== 'symlink')
    return `it is a ${type ?? 'thing of no kind'}, and only files and links are written`;
  return linkname && !linkname.includes('\0') ? undefined : 'it is a link to nothing';
}

function broken(cause: unknown): KdevError {
  if (cause instanceof KdevError) return cause;
  return new KdevError({
    code: 'pull-broken',
    fault: 'environment',
    what: 'The archive from the container ended in the middle of a file, or is none.',
    why: 'A file changed while it was read, or the connection was cut.',
    cure: 'Run the command again; whole files that arrived before stay.',
    cause,
  });
}
