import { expect, test } from 'vitest';
import type { BatchItem } from '../core/ports/endpoint.ts';
import type { LocalEntry, StableRead } from '../core/ports/watcher.ts';
import { makeBatches } from './batching.ts';
import type { LocalView } from './local-view.ts';

const fileOf = (digest: string): LocalEntry => ({ type: 'file', size: 10, exec: false, digest, mode: 0o644 });
const dir: LocalEntry = { type: 'dir', mode: 0o755 };

type Tree = Readonly<Record<string, LocalEntry>>;

/** What is there now and what lately went, by container path. */
async function batchesOf(there: Tree, gone: Tree): Promise<BatchItem[]> {
  const view = {
    get: (path: string) => (there[path] ? { source: path, entry: there[path] } : undefined),
    gone: (path: string) => gone[path],
    sameContent: () => undefined,
  } as unknown as LocalView;
  const read = async (source: string): Promise<StableRead> => {
    const entry = there[source];
    if (entry?.type !== 'file') return { type: 'gone' };
    return { type: 'file', entry, mode: entry.mode, content: Buffer.from(entry.digest) };
  };
  const items: BatchItem[] = [];
  const paths = [...Object.keys(there), ...Object.keys(gone)];
  for await (const batch of makeBatches({ paths, view, read, bulk: false })) items.push(...batch);
  return items;
}

const told = (items: readonly BatchItem[]): string[] =>
  items.map((item) => {
    const from = item.op === 'file' && item.copyOf !== undefined ? ` from ${item.copyOf}` : '';
    return `${item.op} ${item.path}${from}`;
  });

test('the files of a renamed directory are moved, each beside the deletion of its old path', async () => {
  const items = await batchesOf(
    { '/app/new': dir, '/app/new/a': fileOf('1'), '/app/new/b': fileOf('2') },
    { '/app/old': dir, '/app/old/a': fileOf('1'), '/app/old/b': fileOf('2') },
  );
  expect(told(items)).toEqual([
    'dir /app/new',
    'file /app/new/a from /app/old/a',
    'delete /app/old/a',
    'file /app/new/b from /app/old/b',
    'delete /app/old/b',
    'delete /app/old',
  ]);
});

test('files of one content keep the order of their names, and who finds none left is sent', async () => {
  const items = await batchesOf(
    { '/app/n1': fileOf('same'), '/app/n2': fileOf('same'), '/app/n3': fileOf('same') },
    { '/app/o1': fileOf('same'), '/app/o2': fileOf('same') },
  );
  expect(told(items)).toEqual([
    'file /app/n1 from /app/o1',
    'delete /app/o1',
    'file /app/n2 from /app/o2',
    'delete /app/o2',
    'file /app/n3',
    'delete /app/o1',
    'delete /app/o2',
  ]);
});

test('what stood where a file is now went before anything could be moved out of it', async () => {
  const items = await batchesOf(
    { '/app/turned': fileOf('file'), '/app/x': fileOf('1') },
    { '/app/turned/a': fileOf('1') },
  );
  expect(told(items)).toEqual(['file /app/turned', 'file /app/x', 'delete /app/turned/a']);
});
