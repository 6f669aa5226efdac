import { KdevError } from '../core/error.ts';
import type { Registry } from '../core/ports/registry.ts';
import { parseImageName } from './image-name.ts';

/** A name that a person wants an image to be pushed by. */
export interface PushName {
  /** Absent = the cluster's registry. */
  readonly host?: string;
  readonly repository: string;
  /** Absent = the digest of what went in. */
  readonly tag?: string;
}

/** Reads `[HOST/]PATH[:TAG]`. @throws KdevError `push-name-invalid` */
export function parsePushName(text: string): PushName {
  const image = parseImageName(text);
  if (image === undefined || image.digest !== undefined) {
    throw new KdevError({
      code: 'push-name-invalid',
      fault: 'user',
      what: `An image cannot be pushed as "${text}".`,
      why: 'The name of an image is a path in small letters, with a registry before it or a tag behind it, and no digest.',
      cure: 'Write it like registry.example.com/team/app:1.2, or team/app:1.2 for the registry of the cluster.',
    });
  }
  const named = /:[^/]+$/.test(text);
  const isHub = image.host === 'docker.io' && !/^(?:index\.)?docker\.io\//.test(text);
  return {
    ...(!isHub && { host: image.host }),
    repository: isHub ? text.replace(/:[^/:]+$/, '') : image.repository,
    ...(named && { tag: image.tag }),
  };
}

/** The name as the builder pushes it, and as a node pulls it: the cluster's own registry has a name for each. */
export function resolvePushName(
  { host, repository, tag }: PushName,
  registry: Registry,
  inputsTag: string,
): { readonly pushed: string; readonly pulled: string } {
  const { fromPods, fromNodes, fromHere, prefix = '' } = registry;
  const isOwn = host === undefined || [fromPods, fromNodes, fromHere].includes(host);
  const path = `${host === undefined ? prefix : ''}${repository}:${tag ?? inputsTag}`;
  return isOwn
    ? { pushed: `${fromPods}/${path}`, pulled: `${fromNodes}/${path}` }
    : { pushed: `${host}/${path}`, pulled: `${host}/${path}` };
}
