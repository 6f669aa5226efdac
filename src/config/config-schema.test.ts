import { describe, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { configSchema } from './config-schema.ts';
import type {
  BuildConfig,
  DevConfig,
  EnvironmentConfig,
  RegistryConfig,
  ServiceConfig,
  SuiteConfig,
  SyncConfig,
} from './dev-config.ts';

type Input = z.input<typeof configSchema>;
type Service = Input['services'][string];
type Environment = NonNullable<Input['environments']>[string];
type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

describe('the schema and the types that people write against', () => {
  it('have the same keys', () => {
    expectTypeOf<keyof Input>().toEqualTypeOf<keyof DevConfig>();
    expectTypeOf<keyof Environment>().toEqualTypeOf<keyof EnvironmentConfig>();
    expectTypeOf<keyof Service>().toEqualTypeOf<keyof ServiceConfig>();
    type Build = Exclude<Service['build'], true | string | undefined>;
    expectTypeOf<keyof Build>().toEqualTypeOf<keyof BuildConfig>();
    type Sync = Extract<Service['sync'], readonly unknown[]>[number];
    expectTypeOf<keyof Sync>().toEqualTypeOf<keyof SyncConfig>();
    type Registry = Exclude<Input['registry'], string | undefined>;
    expectTypeOf<keyof Registry>().toEqualTypeOf<keyof RegistryConfig>();
    type Suite = Exclude<NonNullable<Service['tests']>[string], string | readonly string[]>;
    expectTypeOf<keyof Suite>().toEqualTypeOf<keyof SuiteConfig>();
  });

  it('allow the same values', () => {
    expectTypeOf<Defined<Service>['onCrash']>().toEqualTypeOf<Defined<ServiceConfig>['onCrash']>();
    expectTypeOf<Defined<Service>['storage']>().toEqualTypeOf<Defined<ServiceConfig>['storage']>();
    expectTypeOf<Defined<Service>['graceMs']>().toEqualTypeOf<Defined<ServiceConfig>['graceMs']>();
    expectTypeOf<Defined<Environment>['protected']>().toEqualTypeOf<
      Defined<EnvironmentConfig>['protected']
    >();
  });
});
