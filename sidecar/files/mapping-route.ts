import { readlinkSync } from 'node:fs';
import type { PodContainer } from '../../src/core/pod-layout.ts';
import { fromFsBytes } from '../../src/tree/path-bytes.ts';
import type { MappingFacts } from '../../src/wire/messages.ts';
import { Directory } from './directory.ts';
import { find } from './found.ts';
import { errnoOf, PathError } from './path-error.ts';

/** Where a container's files can be reached from: its root through /proc, or a directory of the code volume. */
export type Base =
  | { readonly type: 'root'; readonly dir: string }
  | { readonly type: 'volume'; readonly dir: string; readonly path: string };

/** A path of the container without any link on its way: names from `base` on. */
export interface Route {
  readonly base: Base;
  readonly names: readonly string[];
}

/** A mapping, found in the container once per incarnation. */
export interface MappedRoute {
  readonly mapping: MappingFacts;
  readonly route: Route;
  /** Where new content waits for its rename: a directory, or beside each target where no other place will do. */
  readonly stage: Route | 'beside';
}

/** As Linux does it (path_resolution(7)). */
const maxLinks = 40;

/**
 * Follows the links on the way to a mapping as the container itself would, one name at a time and never out of its
 * root: an image whose `/app` is a link to `/srv/app` works. Names that do not exist yet are taken as they are.
 */
export function routeMapping(mapping: MappingFacts, root: Base, container: PodContainer): Route {
  const names = mapping.path.split('/').filter((name) => name !== '');
  const last = mapping.kind === 'file' ? names.pop() : undefined;
  const parent = follow(names, root, container, mapping.path);
  return last === undefined ? parent : { ...parent, names: [...parent.names, last] };
}

function follow(
  wanted: readonly string[],
  root: Base,
  container: PodContainer,
  path: string,
  links = 0,
): Route {
  const { base, names } = startOf(wanted, root, container);
  let at = Directory.open(base.dir);
  try {
    for (const [index, name] of names.entries()) {
      const found = find(at.at(name));
      if (found?.type === 'link') {
        if (links === maxLinks) {
          throw new PathError(
            'outside-root',
            `${path} cannot be reached: more than ${maxLinks} symbolic links lead in a circle.`,
          );
        }
        const target = fromFsBytes(readlinkSync(at.at(name), { encoding: 'buffer' }));
        const walked = target.startsWith('/') ? [] : wanted.slice(0, wanted.length - names.length + index);
        return follow(normalise(walked, target, names.slice(index + 1)), root, container, path, links + 1);
      }
      if (found === undefined) break;
      const next = at.enter(name);
      at.close();
      at = next;
    }
    return { base, names };
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOTDIR') throw thrown;
    throw new PathError(
      'outside-root',
      `${path} cannot be reached: something on the way to it is no directory.`,
    );
  } finally {
    at.close();
  }
}

/** The volume that serves the longest beginning of a path, else the container's root. */
function startOf(names: readonly string[], root: Base, container: PodContainer): Route {
  let best: Route = { base: root, names };
  for (const { path, dir } of container.volumes) {
    const prefix = path.split('/').filter((name) => name !== '');
    const longer = best.base.type === 'root' || names.length - prefix.length < best.names.length;
    if (longer && prefix.every((name, index) => names[index] === name)) {
      best = { base: { type: 'volume', dir, path }, names: names.slice(prefix.length) };
    }
  }
  return best;
}

/** `..` in a link's target goes up, at the root it stays there, as in a chroot. */
function normalise(walked: readonly string[], target: string, rest: readonly string[]): string[] {
  const names = [...walked];
  for (const name of target.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') names.pop();
    else names.push(name);
  }
  return [...names, ...rest];
}
