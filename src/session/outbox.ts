import type { LocalView } from './local-view.ts';

/** A change set up to here goes at once; a larger one goes beside, and what is saved meanwhile overtakes it. */
const smallItems = 512;
const smallBytes = 512 * 1024;

/** In a large change set a file counts as a save of its own where so few of its directory changed with it. */
const fewSiblings = 16;

export interface Seqs {
  readonly from: number;
  readonly to: number;
}

/** Paths that leave together, and the change sets that made them dirty. */
export interface Parcel extends Seqs {
  readonly paths: ReadonlySet<string>;
}

type View = Pick<LocalView, 'get'>;

/** What changed here and is not known to be in the container. */
export class Outbox {
  readonly #view: View;
  #small: Parcel | undefined;
  #large: Parcel | undefined;
  readonly #onTheWay = new Set<Parcel>();
  #newest = 0;

  constructor(view: View) {
    this.#view = view;
  }

  /** The newest change set, wherever it is. */
  get newest(): number {
    return this.#newest;
  }

  /** Every change set up to this one is in the container. */
  get arrived(): number {
    const open = [this.#small, this.#large, ...this.#onTheWay].filter((parcel) => parcel !== undefined);
    return open.reduce((least, { from }) => Math.min(least, from - 1), this.#newest);
  }

  get isEmpty(): boolean {
    return this.#small === undefined && this.#large === undefined && this.#onTheWay.size === 0;
  }

  add(paths: Iterable<string>, seq: number): void {
    const added = [...paths];
    this.#newest = seq;
    if (added.length === 0) return;
    if (isSmall(added, this.#view)) {
      this.#small = join(this.#small, added, seq);
      return;
    }
    const saves = savesIn(added, this.#view);
    const alone = new Set(isSmall(saves, this.#view) ? saves : []);
    if (alone.size > 0) this.#small = join(this.#small, [...alone], seq);
    this.#large = join(this.#large, alone.size > 0 ? added.filter((path) => !alone.has(path)) : added, seq);
  }

  takeSmall(): Parcel | undefined {
    const parcel = this.#small;
    this.#small = undefined;
    return this.#send(parcel);
  }

  takeLarge(): Parcel | undefined {
    const parcel = this.#large;
    this.#large = undefined;
    return this.#send(parcel);
  }

  /** Everything that waits becomes part of one parcel that stands for the whole tree. */
  takeAll(): Parcel {
    const to = this.#newest;
    const from = Math.min(this.#small?.from ?? to, this.#large?.from ?? to);
    this.#small = undefined;
    this.#large = undefined;
    const parcel: Parcel = { paths: new Set(), from, to };
    this.#onTheWay.add(parcel);
    return parcel;
  }

  /** The container has all of it. Returns the change sets that nothing else is on its way of any more. */
  done(parcel: Parcel): Seqs | undefined {
    this.#onTheWay.delete(parcel);
    const { from, to } = parcel;
    const meets = (other: Parcel | undefined): other is Parcel =>
      other !== undefined && other.from <= to && other.to >= from;
    const join = (other: Parcel): Parcel => ({
      ...other,
      from: Math.min(from, other.from),
      to: Math.max(to, other.to),
    });
    // Who is last tells of both.
    if (meets(this.#small)) this.#small = join(this.#small);
    else if (meets(this.#large)) this.#large = join(this.#large);
    else {
      const other = [...this.#onTheWay].find(meets);
      if (other === undefined) return { from, to };
      Object.assign(other, join(other));
    }
    return undefined;
  }

  /** Nobody knows what of it arrived. */
  putBack(parcel: Parcel): void {
    if (!this.#onTheWay.delete(parcel)) return;
    const { paths, from, to } = parcel;
    const large = this.#large;
    this.#large = {
      paths: new Set([...(large?.paths ?? []), ...paths]),
      from: Math.min(large?.from ?? from, from),
      to: Math.max(large?.to ?? to, to),
    };
  }

  #send(parcel: Parcel | undefined): Parcel | undefined {
    if (parcel !== undefined) this.#onTheWay.add(parcel);
    return parcel;
  }
}

/** Files that were saved beside a change of whole directories; what went stays with what may be a copy of it. */
function savesIn(paths: readonly string[], view: View): string[] {
  const changed = new Map<string, number>();
  for (const path of paths) changed.set(parentOf(path), (changed.get(parentOf(path)) ?? 0) + 1);
  return paths.filter(
    (path) => view.get(path)?.entry.type === 'file' && (changed.get(parentOf(path)) ?? 0) <= fewSiblings,
  );
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Whether the present state of these paths is little enough to be sent in one go. */
export function isSmall(paths: Iterable<string>, view: View): boolean {
  let items = 0;
  let bytes = 0;
  for (const path of paths) {
    const entry = view.get(path)?.entry;
    items += 1;
    bytes += entry?.type === 'file' ? entry.size : 0;
    if (items > smallItems || bytes > smallBytes) return false;
  }
  return true;
}

function join(parcel: Parcel | undefined, paths: readonly string[], seq: number): Parcel {
  return { paths: new Set([...(parcel?.paths ?? []), ...paths]), from: parcel?.from ?? seq, to: seq };
}
