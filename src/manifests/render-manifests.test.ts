import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findKustomize } from './find-kustomize.ts';
import { renderManifests } from './render-manifests.ts';

const root = mkdtempSync(join(tmpdir(), 'kdev-render-'));
afterAll(() => rmSync(root, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
const noKustomize = (): Promise<never> => Promise.reject(new Error('not asked for'));

function yaml(...files: string[]) {
  return renderManifests({
    root,
    source: { type: 'yaml', files },
    namespace: 'dev',
    project: 'My Shop',
    kustomize: noKustomize,
  });
}

test('S3: every object is put into the environment’s namespace and marked as kdev’s, selectors untouched', async () => {
  write(
    'a.yaml',
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: prod}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: extra}
`,
  );
  const [deployment, namespace] = await yaml('a.yaml');
  expect(deployment).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'dev',
      labels: { 'kdev.dev/managed': 'true', 'kdev.dev/project': 'My-Shop' },
    },
    spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } } } },
  });
  expect(namespace?.metadata).not.toHaveProperty('namespace');
});

test('a role binding follows its service account into the namespace, but not a stranger’s', async () => {
  write(
    'rbac.yaml',
    `apiVersion: v1
kind: ServiceAccount
metadata: {name: own}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b}
roleRef: {kind: Role, name: r, apiGroup: rbac.authorization.k8s.io}
subjects:
- {kind: ServiceAccount, name: own, namespace: prod}
- {kind: ServiceAccount, name: other, namespace: ci}
`,
  );
  const binding = (await yaml('rbac.yaml')).find(({ kind }) => kind === 'RoleBinding');
  expect(binding?.['subjects']).toMatchObject([{ namespace: 'dev' }, { namespace: 'ci' }]);
});

test('files keep their order', async () => {
  write('1.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: one}\n');
  write('2.json', '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "two"}}');
  expect((await yaml('2.json', '1.yaml')).map(({ metadata }) => metadata.name)).toEqual(['two', 'one']);
});

test('an object that is there twice is refused before one overwrites the other', async () => {
  write('1.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: one, namespace: x}\n');
  write('again.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: one, namespace: y}\n');
  await expect(yaml('1.yaml', 'again.yaml')).rejects.toMatchObject({
    code: 'manifest-invalid',
    what: 'The manifests hold Secret one twice.',
  });
});

test('a file that is not there is named', async () => {
  await expect(yaml('none.yaml')).rejects.toMatchObject({ code: 'manifest-missing', where: 'none.yaml' });
});

function program(name: string, script: string): string {
  write(name, `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, name), 0o755);
  return join(root, name);
}

function kustomization(command: readonly string[]) {
  return renderManifests({
    root,
    source: { type: 'kustomize', dir: 'k8s/local' },
    namespace: 'dev',
    project: 'p',
    kustomize: () => Promise.resolve({ command }),
  });
}

test('a kustomization is what the program prints for its directory', async () => {
  const command = program(
    'builds',
    'echo "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {args: \'$*\'}}"',
  );
  const [object] = await kustomization([command, 'build']);
  expect(object).toMatchObject({ kind: 'ConfigMap', data: { args: `build ${root}/k8s/local` } });
});

test('a kustomization that does not build is the person’s to correct', async () => {
  const command = program('fails', 'echo "Error: no such thing" >&2; exit 1');
  await expect(kustomization([command])).rejects.toMatchObject({
    code: 'manifest-invalid',
    why: 'no such thing.',
    where: 'k8s/local',
  });
});

test('a program that is not there says what to install', async () => {
  await expect(kustomization([join(root, 'nothing')])).rejects.toMatchObject({
    code: 'kustomize-missing',
    fault: 'environment',
  });
});

test('kustomize is preferred to kubectl, and a kubectl before 1.27 is passed over', async () => {
  expect(await findKustomize(root)).toBeUndefined();
  const version = (minor: string) => `echo '{"clientVersion": {"major": "1", "minor": "${minor}"}}'`;
  program('kubectl', version('20+'));
  expect(await findKustomize(root)).toBeUndefined();
  program('kubectl', version('27'));
  expect(await findKustomize(`/nowhere:${root}`)).toEqual({ command: [join(root, 'kubectl'), 'kustomize'] });
  program('kustomize', 'true');
  expect(await findKustomize(root)).toEqual({ command: [join(root, 'kustomize'), 'build'] });
});
