import type { KdevError } from '../core/error.ts';
import type { BaseImage } from '../core/ports/builder.ts';
import { parseImageName } from './image-name.ts';

/** Options of the frontend that make BuildKit take exactly those digests for the names of a Dockerfile. */
export function baseOptions(bases: readonly BaseImage[]): readonly string[] {
  return bases.flatMap(({ name, digest }) => {
    const image = parseImageName(name);
    if (image === undefined || digest === undefined) return [];
    const { host, repository, tag } = image;
    return [`context:${name}=docker-image://${host}/${repository}:${tag}@${digest}`];
  });
}

/** The bases as what goes into an image: names with digests, in one order. */
export function basesToRecord(bases: readonly BaseImage[]): Readonly<Record<string, string>> {
  const known = bases.flatMap(({ name, digest }) => (digest === undefined ? [] : [[name, digest] as const]));
  return Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A registry forgets an image that its name stands for no longer: the digest known here was not the present one. */
export function isPinnedBaseGone({ what, why = '' }: KdevError): boolean {
  return /@sha256:[0-9a-f]{64}/.test(`${what} ${why}`) && /not found|MANIFEST_UNKNOWN|\b404\b/i.test(why);
}
