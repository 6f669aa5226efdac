import type { BatchItem } from '../core/ports/endpoint.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import { outermost } from '../core/reconcile.ts';
import type { LocalView } from './local-view.ts';

/** Entries and bytes of one batch at the most, so that a first sync neither fills the memory nor one frame. */
const maxBatchItems = 1_000;
const maxBatchBytes = 8 * 1024 * 1024;

export interface BatchSource {
  readonly paths: Iterable<string>;
  readonly view: LocalView;
  readonly read: Watcher['read'];
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

/** Deletions first, so that one that is in the way of a file is gone by then; then parents before children. */
async function* makeItems({ paths, view, read }: BatchSource): AsyncGenerator<BatchItem> {
  const sorted = [...paths].sort();
  for (const path of outermost(sorted.filter((each) => view.get(each) === undefined)))
    yield { op: 'delete', path };
  for (const path of sorted) {
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
          yield { op: 'file', path, entry: result.entry, mode: result.mode, content: result.content };
        }
        break;
      }
      default:
        entry satisfies never;
    }
  }
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
