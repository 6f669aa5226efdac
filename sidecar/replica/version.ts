/** When a path was last changed by a session: terms count first, then the seq within the term. */
export interface Version {
  readonly term: number;
  readonly seq: number;
}

export const noVersion: Version = { term: 0, seq: 0 };

export function isNewer(a: Version, b: Version): boolean {
  return a.term !== b.term ? a.term > b.term : a.seq > b.seq;
}

export function isSame(a: Version, b: Version): boolean {
  return a.term === b.term && a.seq === b.seq;
}

export function newest(a: Version, b: Version): Version {
  return isNewer(b, a) ? b : a;
}
