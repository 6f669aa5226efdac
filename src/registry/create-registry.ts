import { meaning } from '../core/error.ts';
import type { OpenRegistry, RegistryProvider } from '../core/ports/registry.ts';
import { configuredLogin, registryOfSettings } from './configured.ts';
import { findRegistry, type RegistryFacts } from './find-registry.ts';
import { openRegistry } from './open-registry.ts';
import { type OwnFacts, readOwnRegistry } from './own-registry.ts';
import { applyPullSecret } from './pull-secret.ts';
import type { RegistryOptions } from './registry-options.ts';

/** The registry in its three kinds: configured, advertised, kdev's own. What was found is kept until a call failed. */
export function createRegistry(options: RegistryOptions): RegistryProvider {
  const { cluster, configured, namespace = 'kdev-builder' } = options;
  const findFacts = keepUntilFailed((): Promise<RegistryFacts> => {
    const registry = configured && registryOfSettings(configured);
    return findRegistry({ cluster, configured: registry });
  });
  let own: OwnFacts | undefined;
  const provider: RegistryProvider = {
    open: keepUntilFailed(async ({ reporter, signal }): Promise<OpenRegistry> => {
      const opened = await openRegistry({
        ...options,
        namespace,
        reporter,
        signal,
        facts: await findFacts(),
        onOwn: (facts) => {
          own = facts;
        },
        providePullSecret: provider.providePullSecret,
      });
      return opened;
    }),
    providePullSecret: async (reference) => {
      const { app } = options;
      const host = reference.split('/', 1)[0];
      const { found } = await findFacts();
      if (found) {
        if (host !== found.registry.fromNodes || !configured) return undefined;
        if (configured.pullSecret !== true) return configured.pullSecret;
        const login = configuredLogin(configured, options.env ?? {});
        return login && app && applyPullSecret(cluster, app, { host, ...login });
      }
      own ??= await readOwnRegistry({ cluster, namespace }).catch(meaning('cluster-forbidden', undefined));
      if (!own || host !== own.registry.fromNodes || !app) return undefined;
      return applyPullSecret(cluster, app, { host, username: 'pull', password: own.passwords.pull });
    },
  };
  return provider;
}

/** Runs once for all calls; again after a failure. Whoever asks first lends its arguments. */
function keepUntilFailed<Arguments extends readonly unknown[], Value>(
  make: (...args: Arguments) => Promise<Value>,
): (...args: Arguments) => Promise<Value> {
  let kept: Promise<Value> | undefined;
  return (...args) => {
    kept ??= make(...args);
    const mine = kept;
    mine.catch(() => {
      if (kept === mine) kept = undefined;
    });
    return mine;
  };
}
