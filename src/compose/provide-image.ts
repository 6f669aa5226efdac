import { messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { ImageBuilder } from '../core/ports/builder.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import type { Reporter } from '../core/reporter.ts';
import type { Service } from '../core/service.ts';
import type { BaseStore } from './base-store.ts';
import { changedBase, digestRebuildInputs, type ImageRecord } from './image-record.ts';
import { tellBuild } from './tell-build.ts';

export interface ProvideImageOptions {
  readonly service: Service;
  readonly running: ImageRecord | undefined;
  readonly projectRoot: string;
  readonly builder: ImageBuilder;
  readonly watcher: Pick<Watcher, 'entries'>;
  readonly baseStore: BaseStore;
  /** Container paths that the service's mappings give now. */
  readonly localPaths: Iterable<string>;
  /** @default that there is no image yet, or what of the rebuild rules differs */
  readonly reason?: string | undefined;
  /** Compare all that goes into the image, not only what the rebuild rules name. @default false */
  readonly asked?: boolean | undefined;
  /** Build in any case. @default false */
  readonly force?: boolean | undefined;
  /** The newest change set of the session. @default there is none */
  readonly seqNow?: (() => number) | undefined;
  /** Told when a build begins, and with undefined when it is over. */
  readonly onBuild?:
    | ((service: Service, build: { seq: number; reason: string } | undefined) => void)
    | undefined;
  readonly bus: Bus;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * The image that a service's container is to run: the one that runs, if its rebuild rules are content with it; else a
 * new one. Undefined where kdev does not build it.
 *
 * @throws what the builder throws, after a `build` event that says so.
 */
export async function provideImage(options: ProvideImageOptions): Promise<ImageRecord | undefined> {
  const { service, running, projectRoot, builder, baseStore, bus, reporter, signal } = options;
  const { force = false, asked = false } = options;
  const { name, build } = service;
  if (build === undefined) return undefined;
  const rules = digestRebuildInputs(service, options.watcher);
  const due = await whyDue(options, rules);
  if (due === undefined && running !== undefined && !force && !asked) return running;
  const reason = options.reason ?? due ?? 'somebody asked for it';
  // Before the build reads the context: a file deleted from here on is then known to have been in the image.
  const base = [...options.localPaths];
  const seq = options.seqNow?.();
  options.onBuild?.(service, { seq: seq ?? 0, reason });
  try {
    const request = { service: name, projectRoot, build, force, reporter, signal };
    const { reference, inputs, bases, config } = await tellBuild({ builder, request, reason, seq, bus });
    await baseStore.put(inputs, base);
    return { reference, inputs, rules, ...(bases && { bases }), config };
  } finally {
    options.onBuild?.(service, undefined);
  }
}

/** What of the rebuild rules is not content with the image that runs; undefined = all of it is. */
async function whyDue(
  { service, running, builder, projectRoot, reporter, signal }: ProvideImageOptions,
  rules: string,
): Promise<string | undefined> {
  if (running === undefined) return 'there is no image yet';
  if (running.rules !== rules) return 'what its rebuild rules name has changed';
  if (service.build === undefined) return undefined;
  try {
    if ((await builder.has?.(running.reference, { reporter, signal })) === false)
      return 'the registry has lost the image';
    const bases = await builder.bases?.({ projectRoot, build: service.build, reporter, signal });
    const changed = bases && changedBase(running, bases);
    return changed === undefined ? undefined : `the base image ${changed} has changed`;
  } catch (error) {
    signal.throwIfAborted();
    // What runs goes on running where, for instance, the registry is away.
    reporter.detail(
      `whether the image of ${service.name} and its base images are still right is not known: ${messageOf(error)}`,
    );
    return undefined;
  }
}
