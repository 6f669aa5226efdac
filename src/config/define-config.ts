import { callerFiles, markOrigin } from './config-origin.ts';
import type { DevConfig } from './dev-config.ts';

/**
 * Types a configuration and remembers which file it was written in, so that another one can hand it on
 * (`export { default } from './examples/shop/dev.config.ts'`) and its paths still count from its own folder.
 * Nothing is checked here; `kdev` reports every problem at once when it loads the file.
 */
export function defineConfig<const Name extends string>(config: DevConfig<Name>): DevConfig<Name> {
  return markOrigin(config, callerFiles(defineConfig));
}
