import { messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { ImageBuilder } from '../core/ports/builder.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import type { Reporter } from '../core/reporter.ts';
import type { Service } from '../core/service.ts';
import type { BaseStore } from './base-store.ts';
import { digestRebuildInputs, type ImageRecord } from './image-record.ts';

/**
 * The image that a service's container is to run: the one that runs, if its rebuild rules are content with it; else a
 * new one. Undefined where kdev does not build it.
 *
 * @throws what the builder throws, after a `build` event that says so.
 */
export async function provideImage(options: {
  readonly service: Service;
  readonly running: ImageRecord | undefined;
  readonly projectRoot: string;
  readonly builder: ImageBuilder;
  readonly watcher: Pick<Watcher, 'entries'>;
  readonly baseStore: BaseStore;
  /** Container paths that the service's mappings give now. */
  readonly localPaths: Iterable<string>;
  /** @default that there is no image yet, or that the rebuild rules' files differ */
  readonly reason?: string | undefined;
  /** Build also when the rebuild rules are content. @default false */
  readonly force?: boolean | undefined;
  readonly bus: Bus;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}): Promise<ImageRecord | undefined> {
  const { service, running, projectRoot, builder, baseStore, bus, reporter, signal } = options;
  const force = options.force === true;
  if (service.build === undefined) return undefined;
  const rules = digestRebuildInputs(service, options.watcher);
  if (running?.rules === rules && !force) return running;
  const why = running === undefined ? 'there is no image yet' : 'what its rebuild rules name has changed';
  const reason = options.reason ?? why;
  // Before the build reads the context: a file deleted from here on is then known to have been in the image.
  const base = [...options.localPaths];
  bus.emit({ event: 'build', service: service.name, state: 'started', reason });
  try {
    const built = await builder.build({
      service: service.name,
      projectRoot,
      build: service.build,
      force,
      reporter,
      onLine: (line, at) =>
        bus.emit({ event: 'log', service: service.name, replica: '', source: 'build', line, at }),
      signal,
    });
    await baseStore.put(built.inputs, base);
    const state = built.built ? 'done' : 'cached';
    bus.emit({ event: 'build', service: service.name, state, reason, image: built.reference, ms: built.ms });
    return { reference: built.reference, inputs: built.inputs, rules, config: built.config };
  } catch (error) {
    if (!signal.aborted)
      bus.emit({ event: 'build', service: service.name, state: 'failed', reason: messageOf(error) });
    throw error;
  }
}
