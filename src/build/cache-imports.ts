import type { BuildCache } from '../core/service.ts';
import { cacheTag, layersTag } from './buildctl-args.ts';
import { type ImageName, parseImageName } from './image-name.ts';

/** A registry that takes longer is taken for one that this machine cannot reach, ms. */
const answerMs = 3_000;

/**
 * The images whose layers a build may take over, the best ones first: of the first list that has one that is there,
 * all are taken. BuildKit, given several at once, now and then does not wait for the slower ones, so what a better
 * one has anyway is left out.
 *
 * @param cold the builder has not made the repository's layers itself, so it starts with those of the registry
 */
export function cacheImports(
  repository: string,
  cache: BuildCache | undefined,
  cold: boolean,
): readonly (readonly string[])[] {
  const named = cache?.from ?? [];
  // Every stage's layers, which are more than the image's own.
  const stages = cold && cache?.own === true ? [`${repository}:${cacheTag}`] : [];
  return [[...stages, ...named], cold ? [`${repository}:${layersTag}`] : []];
}

/** The first of the lists that has something that is there, without what is not. @throws the signal's reason */
export async function firstThere(
  lists: readonly (readonly string[])[],
  options: Parameters<typeof withoutMissing>[1],
): Promise<readonly string[]> {
  for (const names of lists) {
    const there = await withoutMissing(names, options);
    if (there.length > 0) return there;
  }
  return [];
}

/**
 * Those that are there, as far as this machine can tell: BuildKit, given one that is not, often takes nothing from
 * the others either.
 *
 * @param ask undefined where the registry has no such image
 * @throws the signal's reason
 */
export async function withoutMissing(
  names: readonly string[],
  options: {
    readonly ask: (image: ImageName, signal: AbortSignal) => Promise<string | undefined>;
    readonly onMissing: (name: string) => void;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<readonly string[]> {
  const { ask, onMissing, signal } = options;
  const isThere = async (name: string): Promise<boolean> => {
    const image = parseImageName(name);
    if (image === undefined) return true;
    const late = AbortSignal.timeout(answerMs);
    try {
      if ((await ask(image, signal ? AbortSignal.any([signal, late]) : late)) !== undefined) return true;
    } catch {
      signal?.throwIfAborted();
      return true; // the builder may reach what this machine cannot
    }
    onMissing(name);
    return false;
  };
  const there = await Promise.all(names.map(isThere));
  return names.filter((_, index) => there[index]);
}
