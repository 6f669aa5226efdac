export { defineConfig } from './config/define-config.ts';
export type {
  BuildConfig,
  DevConfig,
  EnvironmentConfig,
  Manifests,
  RegistryConfig,
  ServiceConfig,
  SuiteConfig,
  SyncConfig,
  TestCommand,
} from './config/dev-config.ts';
export type { KdevEvent, SyncedReplica, SyncStages } from './core/event.ts';
