import type { LoggedLine } from '../core/ports/cluster.ts';

/** A line and what it comes from. */
export interface MergedLine<Source> extends LoggedLine {
  readonly from: Source;
}

interface Head<Source> {
  readonly from: Source;
  readonly batches: AsyncIterator<readonly LoggedLine[]>;
  batch: readonly LoggedLine[];
  at: number;
}

/** The lines of several logs that end, as one, by their times; each log's own order stays. Reads a batch ahead of each. */
export async function* mergeByTime<Source>(
  logs: readonly { readonly from: Source; readonly batches: AsyncIterable<readonly LoggedLine[]> }[],
): AsyncGenerator<readonly MergedLine<Source>[]> {
  const heads = logs.map(({ from, batches }): Head<Source> => {
    return { from, batches: batches[Symbol.asyncIterator](), batch: [], at: 0 };
  });
  await Promise.all(heads.map(refill));
  for (;;) {
    const merged: MergedLine<Source>[] = [];
    let empty: Head<Source> | undefined;
    while (empty === undefined) {
      const next = earliest(heads);
      const line = next?.batch[next.at];
      if (next === undefined || line === undefined) break;
      merged.push({ ...line, from: next.from });
      next.at += 1;
      if (next.at === next.batch.length) empty = next;
    }
    if (merged.length > 0) yield merged;
    if (empty === undefined) return;
    await refill(empty);
  }
}

async function refill(head: Head<unknown>): Promise<void> {
  head.at = 0;
  do {
    const { value, done } = await head.batches.next();
    head.batch = done ? [] : value;
    if (done) return;
  } while (head.batch.length === 0);
}

function earliest<Source>(heads: readonly Head<Source>[]): Head<Source> | undefined {
  let found: Head<Source> | undefined;
  for (const head of heads) {
    const line = head.batch[head.at];
    if (line === undefined) continue;
    const best = found?.batch[found.at];
    if (best === undefined || sortable(line.time) < sortable(best.time)) found = head;
  }
  return found;
}

/** RFC 3339 with a fraction of any length or none: without the zone's letter, a shorter one sorts first. */
function sortable(time: string): string {
  return time.endsWith('Z') ? time.slice(0, -1) : new Date(time).toISOString();
}
