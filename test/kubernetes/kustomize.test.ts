import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import { provideKubectl } from '../../src/box/kubernetes-programs.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { renderManifests } from '../../src/manifests/render-manifests.ts';

// The box's own kubectl, which kdev falls back to where PATH has neither kustomize nor a new kubectl.
const kubectl = await provideKubectl({
  cacheDir: cacheRoot(process.env),
  sourcesDir: resolve(import.meta.dirname, '..', '..', 'images', 'box'),
  reporter: silentReporter,
});
const root = mkdtempSync(join(tmpdir(), 'kdev-kustomize-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
}

function render(dir: string) {
  return renderManifests({
    root,
    source: { type: 'kustomize', dir },
    namespace: 'dev',
    project: 'p',
    kustomize: () => Promise.resolve({ command: [kubectl, 'kustomize'] }),
  });
}

const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  answer: "yes"\n';

test('an overlay is rendered on its base, its namespace replaced by the environment’s', async () => {
  write({
    'good/base/kustomization.yaml': 'resources: [config.yaml]\n',
    'good/base/config.yaml': config,
    'good/over/kustomization.yaml': 'namespace: elsewhere\nnamePrefix: my-\nresources: [../base]\n',
  });
  expect(await render('good/over')).toMatchObject([
    { kind: 'ConfigMap', metadata: { name: 'my-c', namespace: 'dev' }, data: { answer: 'yes' } },
  ]);
});

const broken: readonly [string, Readonly<Record<string, string>>, string | RegExp][] = [
  [
    'a resource that is no YAML',
    { 'kustomization.yaml': 'resources: [bad.yaml]\n', 'bad.yaml': `${config}oops: a: b\n` },
    'bad.yaml:7:7',
  ],
  [
    'a patch that is no YAML',
    {
      'kustomization.yaml': 'resources: [config.yaml]\npatches: [{path: patch.yaml}]\n',
      'config.yaml': config,
      'patch.yaml': 'kind: [\n',
    },
    /patch\.yaml:\d+:\d+$/,
  ],
  ['a resource that is not there', { 'kustomization.yaml': 'resources: [gone.yaml]\n' }, 'gone.yaml'],
  [
    'a kustomization with an unknown field',
    { 'kustomization.yaml': 'resourcez: []\n' },
    'kustomization.yaml',
  ],
  [
    'a kustomization that is no YAML',
    { 'kustomization.yaml': 'resources: [\n' },
    /kustomization\.yaml:\d+:\d+$/,
  ],
];

test.each(broken)('%s is told with its place', async (_, files, where) => {
  const dir = `broken-${Math.random().toString(36).slice(2)}`;
  write(Object.fromEntries(Object.entries(files).map(([file, text]) => [`${dir}/${file}`, text])));
  await expect(render(dir)).rejects.toMatchObject({
    code: 'manifest-invalid',
    fault: 'user',
    where: typeof where === 'string' ? `${dir}/${where}` : (expect.stringMatching(where) as unknown),
  });
});
