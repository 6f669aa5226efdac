import { ancestorsOf } from '../core/ancestors.ts';
import type { BatchItem } from '../core/ports/endpoint.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import { outermost } from '../core/reconcile.ts';
import type { LocalView } from './local-view.ts';

/** Entries and bytes of one batch at the most: a small save waits for no more than one of these in the agent. */
const maxBatchItems = 512;
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
 */
export async function* makeBatches(source: BatchSource): AsyncGenerator<readonly BatchItem[]> {
  let items: BatchItem[] = [];
  let bytes = 0;
  for await (const item of makeItems(source)) {
    items.push(item);
    bytes += item.op === 'file' ? item.entry.size : 0;
    if (items.length >= maxBatchItems || bytes >= maxBatchBytes) {
      yield items;
      items = [];
      bytes = 0;
    }
  }
  if (items.length > 0) yield items;
}

/**
 * Parents before children, deletions last: what was renamed is copied from where it was as long as that is there.
 * A deletion in the way of something goes first.
 */
async function* makeItems({
  paths,
  view,
  read,
  bulk,
  whole = false,
}: BatchSource): AsyncGenerator<BatchItem> {
  const sorted = [...paths].sort();
  const gone = sorted.filter((each) => view.get(each) === undefined);
  const above = new Set(
    gone.length === 0 ? [] : sorted.flatMap((path) => (view.get(path) ? ancestorsOf(path) : [])),
  );
  const deleted = outermost(gone);
  for (const path of deleted) if (above.has(path)) yield { op: 'delete', path };
  const movedFrom = new Map<string, string>();
  for (const path of gone) {
    const entry = view.gone(path);
    if (entry?.type === 'file' && entry.size > 0 && !isBelow(path, above)) movedFrom.set(entry.digest, path);
  }
  let sliceEnd = performance.now() + sliceMs;
  for (const path of sorted) {
    if (bulk && performance.now() > sliceEnd) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      sliceEnd = performance.now() + sliceMs;
    }
    const wanted = view.get(path);
    if (wanted === undefined) continue;
    const { entry, source } = wanted;
    switch (entry.type) {
      case 'dir':
        yield { op: 'dir', path, mode: entry.mode };
        break;
      case 'link':
        yield { op: 'link', path, target: entry.target };
        break;
      case 'file': {
        const result = await read(source);
        if (result.type === 'file') {
          const { entry, mode, content } = result;
          const copyOf = whole ? undefined : movedFrom.get(entry.digest);
          yield {
            op: 'file',
            path,
            entry,
            mode,
            content,
            ...(whole && { whole }),
            ...(copyOf && { copyOf }),
          };
        }
        break;
      }
      default:
        entry satisfies never;
    }
  }
  for (const path of deleted) if (!above.has(path)) yield { op: 'delete', path };
}

function isBelow(path: string, set: ReadonlySet<string>): boolean {
  return set.size > 0 && (set.has(path) || ancestorsOf(path).some((each) => set.has(each)));
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
