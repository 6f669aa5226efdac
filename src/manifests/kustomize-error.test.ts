import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { kustomizeError } from './kustomize-error.ts';

const root = mkdtempSync(join(tmpdir(), 'kdev-kustomize-error-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}
write('k8s/base/kustomization.yaml', 'resources: [good.yaml, bad.yaml]\n');
write('k8s/base/good.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n');
write('k8s/base/bad.yaml', 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a: b\n');
write('k8s/over/kustomization.yaml', 'resourcez: [../base]\n');
write('k8s/over/patch.yaml', 'a: [\n');

const nested = `accumulating resources: accumulation err='accumulating resources from '../base': '${root}/k8s/base' must resolve to a file': recursed accumulation of path '${root}/k8s/base': accumulating resources: accumulating resources from 'bad.yaml': MalformedYAMLError: yaml: line 4: mapping values are not allowed in this context in File: bad.yaml`;

const cases: readonly [string, string, string, object][] = [
  [
    'a broken resource',
    'k8s/base',
    `Error: ${nested.replace(/.*recursed[^:]*: /, '')}`,
    { where: 'k8s/base/bad.yaml:4:9' },
  ],
  ['one in the base of an overlay', 'k8s/over', `error: ${nested}\n`, { where: 'k8s/base/bad.yaml:4:9' }],
  [
    'one as a logging program words it',
    'k8s/over',
    `E1121 13:37:47.775482   31370 run.go:72] "command failed" err="${nested}"\n`,
    { where: 'k8s/base/bad.yaml:4:9' },
  ],
  [
    'a broken patch, of which kustomize names no line',
    'k8s/over',
    'E1121 13:37:47.8 1 run.go:72] "command failed" err=<\n\ttrouble configuring builtin PatchTransformer with config: `\n\tpath: patch.yaml\n\t`: unable to parse SM or JSON patch from [path: "patch.yaml"]\n >\n',
    { where: expect.stringMatching(/^k8s\/over\/patch\.yaml:\d+:\d+$/) as string },
  ],
  [
    'an unknown field',
    'k8s/over',
    'Error: invalid Kustomization: json: unknown field "resourcez"',
    { where: 'k8s/over/kustomization.yaml', why: 'invalid Kustomization: json: unknown field "resourcez".' },
  ],
  [
    'a file that is not there',
    'k8s/base',
    `Error: accumulating resources: accumulation err='accumulating resources from 'gone.yaml': evalsymlink failure on '${root}/k8s/base/gone.yaml' : lstat ${root}/k8s/base/gone.yaml: no such file or directory'`,
    { where: 'k8s/base/gone.yaml', why: expect.stringContaining('no such file') as string },
  ],
  [
    'a directory without a kustomization',
    'k8s/none',
    "Error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '/x'",
    { where: 'k8s/none', what: 'kustomize could not build k8s/none.' },
  ],
];

test.each(cases)('%s is told with its place', async (_, dir, output, expected) => {
  const error = await kustomizeError({ root, dir, output });
  expect(error).toMatchObject({ code: 'manifest-invalid', fault: 'user', ...expected });
});
