import { messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { BuildRequest, BuiltImage, ImageBuilder } from '../core/ports/builder.ts';

/**
 * Builds, and tells it: begin, lines, and end.
 *
 * @param seq the newest change set of the session that is in it; undefined without a session
 * @throws what the builder throws
 */
export async function tellBuild(options: {
  readonly builder: Pick<ImageBuilder, 'build'>;
  readonly request: Omit<BuildRequest, 'onLine' | 'signal'> & { readonly signal: AbortSignal };
  readonly reason: string;
  readonly seq?: number | undefined;
  readonly bus: Bus;
}): Promise<BuiltImage> {
  const { builder, request, reason, seq, bus } = options;
  const { service, signal } = request;
  const facts = { event: 'build', service, ...(seq !== undefined && { seq }) } as const;
  bus.emit({ ...facts, state: 'started', reason });
  try {
    const built = await builder.build({
      ...request,
      onLine: (line, at) => bus.emit({ event: 'log', service, replica: '', source: 'build', line, at }),
    });
    const { reference, pushedAs = reference, ms } = built;
    bus.emit({ ...facts, state: built.built ? 'done' : 'cached', reason, image: pushedAs, ms });
    return built;
  } catch (error) {
    if (signal.aborted) bus.emit({ ...facts, state: 'cancelled', reason: messageOf(signal.reason) });
    else bus.emit({ ...facts, state: 'failed', reason: messageOf(error) });
    throw error;
  }
}
