import { type JsonSchema, schemaOfType } from './schema-of-type.ts';

const draft = 'https://json-schema.org/draft/2020-12/schema';

/** What kdev prints with `--json`, by the file that documents it: each schema follows from the type it prints. */
export const documentedSchemas: Readonly<Record<string, () => JsonSchema>> = {
  'events.schema.json': () => ({
    $schema: draft,
    title: 'One line of what kdev prints with --json; see events.md',
    oneOf: (schemaOfType('src/output/bus.ts', 'TimedEvent').oneOf ?? []).map(timed),
  }),
  'status.schema.json': () => ({
    $schema: draft,
    title: 'What kdev status --json prints',
    ...schemaOfType('src/cli/read-status.ts', 'Status'),
  }),
  'wait.schema.json': () => ({
    $schema: draft,
    title: 'What kdev wait --json prints',
    ...schemaOfType('src/cli/wait-for-session.ts', 'Waited'),
  }),
  'confirm.schema.json': () => ({
    $schema: draft,
    title: 'What kdev confirm --json prints',
    ...schemaOfType('src/cli/confirm-deletions.ts', 'Confirmed'),
  }),
  'explain.schema.json': () => ({
    $schema: draft,
    title: 'What kdev explain --json prints',
    ...schemaOfType('src/cli/explain-paths.ts', 'ExplainedPaths'),
  }),
  'init.schema.json': () => ({
    $schema: draft,
    title: 'What kdev init --json prints',
    ...schemaOfType('src/cli/init-project.ts', 'InitAnswer'),
  }),
  'pull.schema.json': () => ({
    $schema: draft,
    title: 'What kdev pull --json prints',
    type: 'array',
    items: schemaOfType('src/cli/commands/pull.ts', 'PulledOfService'),
  }),
  'doctor.schema.json': () => ({
    $schema: draft,
    title: 'What kdev doctor --json prints',
    ...schemaOfType('src/cli/doctor-report.ts', 'DoctorReport'),
  }),
  'gc.schema.json': () => ({
    $schema: draft,
    title: 'What kdev gc --json prints',
    ...schemaOfType('src/cli/gc-report.ts', 'GcReport'),
  }),
  'box-list.schema.json': () => ({
    $schema: draft,
    title: 'What kdev box list --json prints',
    type: 'array',
    items: schemaOfType('src/box/list-boxes.ts', 'ListedBox'),
  }),
};

/** `event` and `time` first, as they are printed; a time has one form only. */
function timed(schema: JsonSchema): JsonSchema {
  const { event = {}, time = {}, ...facts } = schema.properties ?? {};
  return {
    ...schema,
    title: event.const ?? '',
    properties: {
      event,
      time: { ...time, pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' },
      ...facts,
    },
    required: ['event', 'time', ...Object.keys(facts).filter((key) => schema.required?.includes(key))],
  };
}
