import type { BoxPlace } from './box.ts';
import { boxFiles } from './box-files.ts';
import { addressOf, boxHealth } from './box-health.ts';
import { readRecord, recordedNames } from './box-record.ts';

export interface ListedBox {
  readonly name: string;
  /** Whether it can be used; where not, `why` says so in a phrase that follows "it". */
  readonly works: boolean;
  readonly why?: string;
  /** The one it has, or had while it ran. */
  readonly address?: string;
  /** RFC 3339; missing where its making was interrupted at the very beginning. */
  readonly created?: string;
}

/** All boxes of a state folder, by name, the broken ones among them. */
export async function listBoxes(place: BoxPlace): Promise<ListedBox[]> {
  const listed: ListedBox[] = [];
  for (const name of await recordedNames(place)) {
    const files = boxFiles(place, name);
    const record = await readRecord(files.record);
    const health = await boxHealth(files, record);
    listed.push({
      name,
      works: health.works,
      ...(!health.works && { why: health.why }),
      ...(record && { address: addressOf(record), created: record.created }),
    });
  }
  return listed;
}
