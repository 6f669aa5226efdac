import type { BuildCache } from '../core/service.ts';
import { cacheTag, layersTag } from './buildctl-args.ts';
import { type ImageName, parseImageName } from './image-name.ts';

/** A registry that takes longer is taken for one that this machine cannot reach, ms. */
const answerMs = 3_000;

/**
 * The images whose layers a build may take over, in the order of preference.
 *
 * @param cold the builder has not made the repository's layers itself, so it starts with those of the registry
 */
export function cacheImports(repository: string, cache: BuildCache | undefined, cold: boolean): string[] {
  return [
    ...(cold ? [`${repository}:${layersTag}`] : []),
    ...(cold && cache?.own === true ? [`${repository}:${cacheTag}`] : []),
    ...(cache?.from ?? []),
  ];
}

/**
 * Those that are there, as far as this machine can tell: BuildKit (0.10 and later), given one that is not, takes in
 * one build of two nothing from the others either.
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
