import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadKubeconfig, readContexts } from './kubeconfig.ts';

const dir = mkdtempSync(join(tmpdir(), 'kdev-kubeconfig-'));
afterAll(() => rmSync(dir, { recursive: true }));

function kubeconfig(name: string, current?: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `https://${name}:6443`, 'certificate-authority': 'ca.pem' } }],
    users: [{ name, user: { token: name } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    ...(current && { 'current-context': current }),
  });
}

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

test('the current context is taken, another one when it is asked for', async () => {
  const env = { KUBECONFIG: [file('a', kubeconfig('a', 'a')), file('b', kubeconfig('b'))].join(delimiter) };
  expect(await loadKubeconfig({ type: 'default' }, undefined, env)).toMatchObject({
    context: 'a',
    server: 'https://a:6443',
  });
  expect(await loadKubeconfig({ type: 'default' }, 'b', env)).toMatchObject({ server: 'https://b:6443' });
});

test('files of KUBECONFIG that are not there are passed over, and the first to define a name wins', async () => {
  const twin = kubeconfig('a', 'a').replace('https://a:6443', 'https://other');
  const env = {
    KUBECONFIG: [join(dir, 'none'), file('a', kubeconfig('a')), file('c', twin)].join(delimiter),
  };
  expect(await loadKubeconfig({ type: 'default' }, undefined, env)).toMatchObject({
    server: 'https://a:6443',
  });
});

test('paths in a file count from the file', async () => {
  const { copy } = await loadKubeconfig({ type: 'file', path: file('a', kubeconfig('a', 'a')) }, undefined);
  expect(copy().getCurrentCluster()?.caFile).toBe(join(dir, 'ca.pem'));
});

test('later edits of the file change nothing', async () => {
  const path = file('pinned', kubeconfig('a', 'a'));
  const { copy } = await loadKubeconfig({ type: 'file', path }, undefined);
  writeFileSync(path, kubeconfig('b', 'b'));
  expect(copy().getCurrentCluster()?.server).toBe('https://a:6443');
});

test('an unknown context is an error that lists those there are', async () => {
  const path = file('a', kubeconfig('a', 'a'));
  await expect(loadKubeconfig({ type: 'file', path }, 'prod')).rejects.toMatchObject({
    code: 'context-unknown',
    what: 'The kubeconfig has no context called "prod".',
    why: 'It names: a.',
  });
});

const broken: readonly [string, string, object][] = [
  [
    'no YAML',
    'a: [',
    { code: 'kubeconfig-invalid', where: expect.stringMatching(/broken:\d+:\d+$/) as string },
  ],
  ['empty', ' \n', { code: 'kubeconfig-invalid', why: 'It is empty.' }],
  [
    'without its user',
    kubeconfig('a', 'a').replace('"users":[{"name":"a"', '"users":[{"name":"z"'),
    { code: 'kubeconfig-invalid' },
  ],
  ['without a current context', kubeconfig('a'), { code: 'context-unknown', why: 'It names: a.' }],
];
test.each(broken)('a kubeconfig that is %s is an error that says so', async (_, text, expected) => {
  const source = { type: 'file', path: file('broken', text) } as const;
  await expect(loadKubeconfig(source, undefined)).rejects.toMatchObject(expected);
});

test('no kubeconfig at all is told apart from a broken one', async () => {
  const env = { HOME: join(dir, 'nobody') };
  await expect(loadKubeconfig({ type: 'default' }, undefined, env)).rejects.toMatchObject({
    code: 'kubeconfig-missing',
  });
  expect(await readContexts({ type: 'default' }, env)).toBeUndefined();
  expect(await readContexts({ type: 'text', text: kubeconfig('a', 'a') })).toEqual({
    current: 'a',
    contexts: ['a'],
  });
});
