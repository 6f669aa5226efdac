import { ancestorsOf } from '../core/ancestors.ts';
import type { BatchItem } from '../core/ports/endpoint.ts';
import type { StableRead, Watcher } from '../core/ports/watcher.ts';
import { outermost } from '../core/reconcile.ts';
import type { LocalView } from './local-view.ts';

/** Entries and bytes of one batch at the most: a small save waits for no more than one of these in the agent. */
const maxBatchItems = 256;
const maxBatchBytes = 2 * 1024 * 1024;
/** So long reading may keep everything else waiting, ms. */
const sliceMs = 4;

export interface BatchSource {
  readonly paths: Iterable<string>;
  readonly view: LocalView;
  readonly read: Watcher['read'];
  /** Others may go first now and then. */
  readonly bulk: boolean;
  /** Nothing of the content is left out: a try to save some of it has failed. */
  readonly whole?: boolean;
}

/**
 * Turns container paths into batches by their present local state: content for files that are there, deletions for
 * what is not. A path that is being written at this moment is left out; the watcher reports it when it rests.
 *
 * Parents before children, deletions last: what was renamed is moved from where it was, so that goes with it and the
 * rest of the deletions follow. A deletion in the way of something goes first.
 */
export async function* makeBatches(source: BatchSource): AsyncGenerator<readonly BatchItem[]> {
  const { view, read, bulk, whole = false } = source;
  const sorted = [...source.paths].sort();
  const leaving = new Set(sorted);
  const gone = sorted.filter((each) => view.get(each) === undefined);
  const above = new Set(
    gone.length === 0 ? [] : sorted.flatMap((path) => (view.get(path) ? ancestorsOf(path) : [])),
  );
  const deleted = outermost(gone);
  const first = new Set(deleted.filter((path) => above.has(path)));
  const sources = whole ? noSources : movedFrom(gone, view, first);
  let items: BatchItem[] = [...first].map((path): BatchItem => ({ op: 'delete', path }));
  let bytes = 0;
  let sliceEnd = performance.now() + sliceMs;
  for (const path of sorted) {
    if (items.length >= maxBatchItems || bytes >= maxBatchBytes) {
      yield items;
      items = [];
      bytes = 0;
    }
    if (bulk && performance.now() > sliceEnd) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      sliceEnd = performance.now() + sliceMs;
    }
    const wanted = view.get(path);
    if (wanted === undefined) continue;
    const { entry } = wanted;
    switch (entry.type) {
      case 'dir':
        items.push({ op: 'dir', path, mode: entry.mode });
        break;
      case 'link':
        items.push({ op: 'link', path, target: entry.target });
        break;
      case 'file': {
        const copyOf = sources.get(entry.digest)?.pop();
        if (copyOf !== undefined) {
          const { mode, ...file } = entry;
          items.push({ op: 'file', path, entry: file, mode, content: nothing, copyOf });
          items.push({ op: 'delete', path: copyOf });
          break;
        }
        // What is on its way itself may not be there yet.
        const same = whole ? undefined : view.sameContent(path, (other) => !leaving.has(other));
        if (same !== undefined) {
          const { mode, ...file } = entry;
          items.push({ op: 'file', path, entry: file, mode, content: nothing, copyOf: same });
          break;
        }
        const reading = read(wanted.source);
        const result: StableRead = reading instanceof Promise ? await reading : reading;
        if (result.type !== 'file') break;
        items.push({
          op: 'file',
          path,
          entry: result.entry,
          mode: result.mode,
          content: result.content,
          ...(result.blocks && { blocks: result.blocks }),
          ...(whole && { whole }),
        });
        bytes += result.entry.size;
        break;
      }
      default:
        entry satisfies never;
    }
  }
  for (const path of deleted) {
    if (first.has(path)) continue;
    items.push({ op: 'delete', path });
    if (items.length < maxBatchItems) continue;
    yield items;
    items = [];
  }
  if (items.length > 0) yield items;
}

const nothing = new Uint8Array();
const noSources: ReadonlyMap<string, string[]> = new Map();

/**
 * By digest the paths that went with that content, each to be moved once. What stands in the way of something that
 * is there now has gone before that could happen.
 */
function movedFrom(
  gone: readonly string[],
  view: LocalView,
  first: ReadonlySet<string>,
): ReadonlyMap<string, string[]> {
  const sources = new Map<string, string[]>();
  const isInTheWay = (above: string): boolean =>
    first.has(above) || (view.get(above)?.entry.type ?? 'dir') !== 'dir';
  for (const path of gone) {
    const entry = view.gone(path);
    if (entry?.type !== 'file' || entry.size === 0) continue;
    if (first.has(path) || ancestorsOf(path).some(isInTheWay)) continue;
    const known = sources.get(entry.digest);
    if (known === undefined) sources.set(entry.digest, [path]);
    else known.push(path);
  }
  // In the order of the new names, as they are taken from the end.
  for (const paths of sources.values()) paths.reverse();
  return sources;
}

/** Batches that make the agent count paths as managed that the container has already. */
export function* makeAdoptions(paths: readonly string[], view: LocalView): Generator<readonly BatchItem[]> {
  const items = paths.flatMap((path): BatchItem[] => {
    const wanted = view.get(path);
    if (wanted === undefined) return [];
    const { mode: _mode, ...entry } = wanted.entry;
    return [{ op: 'adopt', path, entry }];
  });
  for (let start = 0; start < items.length; start += maxBatchItems)
    yield items.slice(start, start + maxBatchItems);
}
