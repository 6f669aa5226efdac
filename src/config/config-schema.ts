import { z } from 'zod';
import { environmentColours } from '../core/service.ts';

// Each `error` completes the sentence "expected …"; `schema-problems.ts` adds what was received.

const dnsLabel = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

function label(most: number) {
  const error = `a DNS label (small letters, digits and hyphens, no hyphen at either end, at most ${most})`;
  return z.string({ error }).regex(dnsLabel, { error }).max(most, { error });
}

function wholeNumber(most: number) {
  const error = `a whole number of milliseconds from 0 to ${most}`;
  return z.int({ error }).min(0, { error }).max(most, { error });
}

function text(error: string) {
  return z.string({ error }).min(1, { error });
}

function list(error: string) {
  return z.array(text('a text that is not empty'), { error });
}

/** Names are checked apart, so that each wrong one is reported at its own place. */
function named<T extends z.ZodType>(value: T, error: string) {
  return z.record(z.string(), value, { error });
}

const manifests = z.union([text('a path'), list('a list of paths').min(1, { error: 'at least one path' })], {
  error: 'a path or a list of paths',
});

const platformError = 'a platform such as linux/amd64';
const platform = z
  .string({ error: platformError })
  .regex(/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/, { error: platformError });

const secretId = /^[A-Za-z0-9_.-]+$/;

const secret = z.union(
  [
    z.strictObject({ file: text('a path') }),
    z.strictObject({ env: text('the name of an environment variable') }),
  ],
  { error: "{ file: 'path' } or { env: 'VARIABLE' }" },
);

const buildCache = z.union(
  [
    z.literal(true),
    z.strictObject({
      from: z.union([text('the name of an image'), list('a list of images')]).optional(),
      to: text('the name of an image').optional(),
    }),
  ],
  { error: "true or { from: 'registry/name:tag', to: 'registry/name:tag' }" },
);

const build = z.strictObject(
  {
    dockerfile: text('a path').optional(),
    context: text('a path').optional(),
    target: text('the name of a stage').optional(),
    args: named(z.string({ error: 'a text' }), 'argument names with their texts').optional(),
    platform: platform.optional(),
    platforms: z
      .array(platform, { error: 'a list of platforms' })
      .min(1, { error: 'at least one platform' })
      .optional(),
    secrets: z
      .record(z.string().regex(secretId, { error: 'an id of letters, digits, _, . and -' }), secret, {
        error: 'secrets by id',
      })
      .optional(),
    ssh: z.union([z.boolean(), list('a list of ids')], { error: 'true or a list of ids' }).optional(),
    cache: buildCache.optional(),
    command: z
      .union(
        [
          text('a command line'),
          list('a program with its arguments').min(1, { error: 'a program with its arguments' }),
        ],
        { error: 'a command line or a list of a program and its arguments' },
      )
      .optional(),
    replaces: text('the name of an image').optional(),
  },
  { error: "true, a Dockerfile's path or { dockerfile, context, target, … }" },
);

const mapping = z.strictObject(
  {
    from: text('a path'),
    to: text('an absolute path in the container'),
    ignore: list('a list of gitignore patterns').optional(),
    mirror: z.boolean({ error: 'true or false' }).optional(),
  },
  { error: '{ from, to }' },
);

const commandLine = z.union(
  [
    text('a command line'),
    list('a program with its arguments').min(1, { error: 'a program with its arguments' }),
  ],
  { error: 'a command line or a list of a program and its arguments' },
);

const suite = z.strictObject(
  {
    command: commandLine.optional(),
    commands: z
      .array(commandLine, { error: 'a list of commands' })
      .min(1, { error: 'at least one command' })
      .optional(),
    cwd: text('an absolute path in the container').optional(),
    timeoutMs: wholeNumber(86_400_000).optional(),
    junit: text('the path of a file in the container').optional(),
  },
  {
    error:
      "a command line such as 'pytest', a list of a program and its arguments or { command, timeoutMs, … }",
  },
);

const runStep = z.strictObject(
  {
    when: list('a list of globs').min(1, { error: 'at least one glob' }),
    command: commandLine,
    timeoutMs: wholeNumber(86_400_000).optional(),
  },
  { error: "{ when: ['requirements.txt'], command: 'pip install -r requirements.txt' }" },
);

const service = z.strictObject(
  {
    workload: text('name or kind/name').optional(),
    container: text('the name of a container').optional(),
    build: z
      .union([z.literal(true), text('a path'), build], {
        error: "true, a Dockerfile's path or { dockerfile, context, target, … }",
      })
      .optional(),
    sync: z
      .union([named(text('an absolute path in the container'), 'local paths'), z.array(mapping)], {
        error: "{ 'local/path': '/path/in/the/container' } or a list of { from, to }",
      })
      .optional(),
    restart: list('a list of globs').optional(),
    rebuild: list('a list of globs').optional(),
    run: z.array(runStep, { error: 'a list of { when, command }' }).optional(),
    pull: list('a list of globs').optional(),
    ports: z
      .array(
        z.union([z.number(), z.string()], {
          error: "a port number or 'local:remote'",
        }),
        { error: 'a list of ports' },
      )
      .optional(),
    graceMs: wholeNumber(600_000).optional(),
    gateWaitMs: wholeNumber(86_400_000).optional(),
    onCrash: z.enum(['hold', 'restart', 'exit'], { error: "'hold', 'restart' or 'exit'" }).optional(),
    dependsOn: list('a list of service names').optional(),
    storage: z.enum(['auto', 'layer', 'volume'], { error: "'auto', 'layer' or 'volume'" }).optional(),
    tests: named(
      z.union([commandLine, suite], {
        error:
          "a command line such as 'pytest', a list of a program and its arguments or { command, timeoutMs, … }",
      }),
      'suites by name',
    ).optional(),
  },
  { error: 'the settings of a service: { build, sync, restart, … }' },
);

const registry = z.union(
  [
    text('a registry such as registry.example.com/team'),
    z.strictObject({
      push: text('a registry such as registry.example.com/team'),
      pull: text("a registry's host or host:port").optional(),
      here: text("a registry's host or host:port").optional(),
      plainHttp: z.boolean({ error: 'true or false' }).optional(),
      insecure: z.boolean({ error: 'true or false' }).optional(),
      username: text('a user of the registry').optional(),
      passwordEnv: text('the name of an environment variable').optional(),
      pullSecret: z
        .union([z.boolean(), text('the name of a Secret')], { error: 'the name of a Secret, true or false' })
        .optional(),
    }),
  ],
  { error: 'a registry such as registry.example.com/team or { push, pull, here, … }' },
);

const environment = z.strictObject(
  {
    manifests: manifests.optional(),
    namespace: label(63).optional(),
    registry: registry.optional(),
    context: text('the name of a context').optional(),
    box: label(59).optional(),
    protected: z.boolean({ error: 'true or false' }).optional(),
    colour: z.enum(environmentColours, { error: `one of ${environmentColours.join(', ')}` }).optional(),
  },
  { error: 'the settings of an environment: { manifests, namespace, … }' },
);

const quantity = /^[1-9][0-9]*(Mi|Gi|Ti|M|G|T)$/;

const builder = z.strictObject(
  {
    namespace: label(63).optional(),
    cacheSize: z
      .string({ error: "a size such as '20Gi'" })
      .regex(quantity, { error: "a size such as '20Gi'" })
      .optional(),
    storageClass: text('the name of a storage class').optional(),
  },
  { error: "{ cacheSize: '20Gi', … }" },
);

export const configSchema = z.strictObject(
  {
    name: label(63).optional(),
    root: text('a path').optional(),
    manifests: manifests.optional(),
    registry: registry.optional(),
    environments: named(environment, 'environments by name').optional(),
    services: named(service, 'services by name'),
    builder: builder.optional(),
  },
  { error: 'a configuration: { services, … }' },
);

/** What is left of a configuration once its shape is known to be right. */
export type CheckedConfig = z.output<typeof configSchema>;
export type CheckedService = z.output<typeof service>;
export type CheckedTests = NonNullable<CheckedService['tests']>;
export type CheckedRegistry = z.output<typeof registry>;
export type CheckedEnvironment = z.output<typeof environment>;

/** Whether a service or an environment may be called so. */
export function isDnsLabel(name: string): boolean {
  return dnsLabel.test(name) && name.length <= 63;
}
