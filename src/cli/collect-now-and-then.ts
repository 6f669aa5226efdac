import { KdevError, messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import { formatBytes } from '../core/measures.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import { silentReporter } from '../core/reporter.ts';
import type { Environment, Project } from '../core/service.ts';
import { maybeCollect } from '../gc/maybe-collect.ts';
import type { Invocation } from './command.ts';
import { gcDefaults } from './gc-defaults.ts';
import { openGcRegistry } from './gc-registry.ts';

/** A registry is looked at so often; whether it is due is written in the cluster, for all who share it, ms. */
const lookMs = 3_600_000;
/** A session has better things to do at first, ms. */
const firstMs = 300_000;

/**
 * Collects the garbage of kdev's own registry, or a box's, while a session runs: when nobody has for a day, and never
 * while anybody builds. Tells what it did, and never disturbs: what fails is tried again an hour later.
 */
export function collectNowAndThen(options: {
  readonly cluster: Cluster;
  readonly project: Project;
  readonly environment: Environment;
  readonly bus: Bus;
  readonly invocation: Pick<Invocation, 'surroundings' | 'reporter' | 'signal'>;
}): void {
  const { bus, invocation } = options;
  const { signal } = invocation;
  const later = (ms: number): void => {
    const timer = setTimeout(() => void collectOnce().finally(() => later(lookMs)), ms);
    timer.unref();
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  };
  const collectOnce = async (): Promise<void> => {
    try {
      const quiet = { ...invocation, reporter: silentReporter };
      const registry = (await openGcRegistry({ ...options, invocation: quiet }))?.options;
      if (registry?.storage === undefined || signal.aborted) return;
      const { storage } = registry;
      const collected = await maybeCollect({ ...registry, storage, policy: gcDefaults });
      if (collected === undefined || collected.goes.length === 0) return;
      const { bytesAfter, bytesBefore } = collected;
      const sizes = `${formatBytes(bytesBefore)} → ${formatBytes(bytesAfter)}`;
      bus.emit({ event: 'step', text: `collected the registry’s garbage: ${sizes}` });
    } catch (error) {
      // Whoever may not see the whole cluster, or not enter the box, leaves it to those who may.
      const why = error instanceof KdevError ? error.code : messageOf(error);
      invocation.reporter.detail(`the registry’s garbage was not collected: ${why}`);
    }
  };
  if (!signal.aborted) later(firstMs);
}
