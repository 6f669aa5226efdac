import { expect, test } from 'vitest';
import { parseManifests } from './parse-manifests.ts';

const parse = (text: string) => parseManifests({ text, file: 'k8s/web.yaml' });
const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n';

test('several documents are several objects, empty ones are none', () => {
  const objects = parse(`---\n${head}---\n# nothing\n---\n${head.replace('name: c', 'name: d')}`);
  expect(objects.map(({ metadata }) => metadata.name)).toEqual(['c', 'd']);
});

test('a List is taken apart', () => {
  const item = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
  const list = { apiVersion: 'v1', kind: 'List', items: [item, { ...item, metadata: { name: 't' } }] };
  expect(parse(JSON.stringify(list)).map(({ metadata }) => metadata.name)).toEqual(['s', 't']);
});

test('anchors and merge keys are resolved', () => {
  const [object] = parse(`${head}base: &b {a: 1}\ndata:\n  <<: *b\n  c: 2\n`);
  expect(object?.['data']).toEqual({ a: 1, c: 2 });
});

const scalars: readonly [string, unknown][] = [
  ['yes', true],
  ['off', false],
  ['0644', 420],
  ['0o644', 420],
  ['22:22', '22:22'],
  ['1:30:00', '1:30:00'],
  ['2026-01-02', '2026-01-02'],
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
  ['1.5', 1.5],
  ['~', null],
  ['"yes"', 'yes'],
];
test.each(scalars)('%s is read as Kubernetes reads it', (text, value) => {
  expect(parse(`${head}value: ${text}\n`)[0]?.['value']).toEqual(value);
});

const mistakes: readonly [string, string, string, string][] = [
  ['a mapping inside a scalar', 'apiVersion: v1\nkind: a: b\n', 'k8s/web.yaml:2:7', 'Nested mappings'],
  ['a tab', 'apiVersion: v1\nspec:\n\tx: 1\n', 'k8s/web.yaml:3:1', ''],
  ['a key that is there twice', `${head}kind: Secret\n`, 'k8s/web.yaml:5:1', 'unique'],
  ['an alias without its anchor', `${head}---\n${head}data: *nowhere\n`, 'k8s/web.yaml:10:7', 'nowhere'],
  [
    'an object without a kind',
    `${head}---\napiVersion: v1\nmetadata: {name: x}\n`,
    'k8s/web.yaml:6:1',
    '"kind"',
  ],
  ['an object without a name', 'apiVersion: v1\nkind: Secret\n', 'k8s/web.yaml:1:1', '"metadata.name"'],
  ['a document that is no object', '- a\n', 'k8s/web.yaml:1:1', 'Expected an object'],
];
test.each(mistakes)('%s is told with file, line and column', (_, text, where, why) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({
      code: 'manifest-invalid',
      fault: 'user',
      where,
      why: expect.stringContaining(why) as string,
    }),
  );
});
