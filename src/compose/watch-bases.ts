import { type Clock, pause } from '../core/clock.ts';
import { messageOf } from '../core/error.ts';
import type { BaseImage, ImageBuilder } from '../core/ports/builder.ts';
import type { Reporter } from '../core/reporter.ts';
import type { Service } from '../core/service.ts';
import { changedBase, type ImageRecord } from './image-record.ts';

/** How old an answer of a registry gets before it is asked again, ms. */
const everyMs = 10 * 60_000;
const leastMs = 1_000;

/**
 * Asks now and then whether the images that a service's image was made from are still what their names mean, until
 * the signal aborts. Costs nothing where nobody builds.
 */
export function watchBases(options: {
  readonly builder: Pick<ImageBuilder, 'bases'>;
  readonly projectRoot: string;
  readonly services: readonly Service[];
  /** What runs now. */
  readonly imageOf: (service: string) => ImageRecord | undefined;
  readonly onChanged: (service: string, reason: string) => void;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}): void {
  const { builder, services } = options;
  if (builder.bases === undefined) return;
  for (const service of services) if (service.build !== undefined) void watchService(service, options);
}

async function watchService(service: Service, options: Parameters<typeof watchBases>[0]): Promise<void> {
  const { clock, imageOf, onChanged, signal } = options;
  // Answered from what bringing up has asked.
  let bases = await ask(service, options);
  while (!signal.aborted) {
    const oldest = Math.min(...bases.map(({ askedAt }) => askedAt), clock.now());
    await pause(clock, Math.max(leastMs, oldest + everyMs - clock.now()), signal);
    if (signal.aborted) return;
    bases = await ask(service, options);
    const image = imageOf(service.name);
    const changed = image && changedBase(image, bases);
    if (changed !== undefined && !signal.aborted)
      onChanged(service.name, `the base image ${changed} has changed`);
  }
}

/** None where nobody can tell: the next time somebody can. */
async function ask(
  { name, build }: Service,
  { builder, projectRoot, reporter, signal }: Parameters<typeof watchBases>[0],
): Promise<readonly BaseImage[]> {
  try {
    return build === undefined
      ? []
      : ((await builder.bases?.({ projectRoot, build, reporter, signal, maxAgeMs: everyMs - leastMs })) ??
          []);
  } catch (error) {
    if (!signal.aborted) reporter.detail(`the base images of ${name} are not known: ${messageOf(error)}`);
    return [];
  }
}
