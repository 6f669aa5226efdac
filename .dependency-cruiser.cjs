// The dependency rule of docs/architecture.md, as errors.
const stages = [
  'config',
  'session',
  'watch',
  'transport',
  'manifests',
  'inject',
  'kubernetes',
  'build',
  'credentials',
  'registry',
  'box',
  'gc',
  'doctor',
  'output',
  'pull',
  'daemon',
  'tui',
  'testing',
  'init',
  'images',
  'demo',
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-import-rings', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-pure',
      comment: 'core decides; it does no I/O and knows no other folder',
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.test\\.ts$' },
      to: {
        pathNot: '^src/core/|^node_modules/(micromatch|@types/micromatch)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    ...stages.map((stage) => ({
      name: `${stage}-meets-nobody`,
      comment: 'adapters are introduced to each other by the composition root in src/cli',
      severity: 'error',
      from: { path: `^src/${stage}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(${stage}|core|tree|wire|artifacts)/` },
    })),
    {
      name: 'session-sees-core-only',
      comment: 'and the digest of a tree, which is pure',
      severity: 'error',
      from: { path: '^src/session/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(session|core)/|^src/tree/tree-digest' },
    },
    {
      name: 'shared-code-is-shared',
      comment: 'tree, wire and artifacts are imported by both sides and import only core and each other',
      severity: 'error',
      from: { path: '^src/(tree|wire|artifacts)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(src|sidecar)/', pathNot: '^src/(tree|wire|artifacts|core)/' },
    },
    {
      name: 'the-agent-sees-shared-code-only',
      severity: 'error',
      from: { path: '^sidecar/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(core|tree|wire)/' },
    },
    {
      name: 'compose-is-for-commands',
      comment: 'it introduces adapters to each other; only what a person starts may use it',
      severity: 'error',
      from: { pathNot: '^(src/(compose|cli|demo)|test|bench)/' },
      to: { path: '^src/compose/' },
    },
    {
      name: 'nobody-imports-cli',
      severity: 'error',
      from: { pathNot: '^(src/cli|src/demo|test|bench)/' },
      to: { path: '^src/cli/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
