import type { ImageConfig } from '../core/ports/builder.ts';
import type { LearnedContainer } from './learned.ts';
import type { Container, PodSpec } from './pod-template.ts';

/** Who an app container runs as, as far as it can be told before it runs. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
  /** The manifest promises that it is not 0. */
  readonly nonRoot: boolean;
  /** False when the restarter's report may say otherwise. */
  readonly certain: boolean;
}

/**
 * The manifest's word counts most, then the image's own numbers, then what was learned. Where only the group is not
 * known, `useradd`'s habit decides: the group of the same number.
 */
export function identityOf(options: {
  readonly pod: PodSpec;
  readonly container: Container;
  readonly image: ImageConfig | undefined;
  readonly learned: LearnedContainer | undefined;
}): Identity {
  const { pod, container, image, learned } = options;
  const security = { ...pod.securityContext, ...dropNulls(container.securityContext) };
  const own = readUser(image?.user);
  const uid = security.runAsUser ?? own.uid ?? learned?.uid;
  const nonRoot = uid === undefined ? security.runAsNonRoot === true : uid !== 0;
  if (uid === undefined) return { nonRoot, certain: false };

  const told = security.runAsGroup ?? (own.uid === uid ? own.gid : undefined);
  const heard = learned?.uid === uid ? learned.gid : undefined;
  const gid = told ?? heard ?? uid;
  return { uid, gid, nonRoot, certain: (told ?? heard) !== undefined || uid === 0 };
}

/** `USER` of a Dockerfile: numbers count, names do not (they mean something in the image only). */
function readUser(user: string | undefined): { readonly uid?: number; readonly gid?: number } {
  if (user === undefined) return {};
  const [name = '', group] = user.split(':');
  if (name === '' || name === 'root') return { uid: 0, gid: 0 };
  if (!/^\d+$/.test(name)) return {};
  const uid = Number(name);
  if (uid === 0) return { uid, gid: 0 };
  return group !== undefined && /^\d+$/.test(group) ? { uid, gid: Number(group) } : { uid };
}

function dropNulls<T extends object>(value: T | null | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, entry]) => entry !== null)) as Partial<T>;
}
