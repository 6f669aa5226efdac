import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBuilder } from '../../src/build/builder.ts';
import type { BuiltImage, ImageBuilder } from '../../src/core/ports/builder.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { imageNames } from '../../src/images/image-names.ts';
import { createRegistry } from '../../src/registry/create-registry.ts';
import { findRegistry } from '../../src/registry/find-registry.ts';
import { execIn } from '../cluster/cluster.ts';
import { freshNamespace, running, testCluster, testPod, until } from '../kubernetes/test-cluster.ts';

const namespace = 'kdev-builder';
// Unlike other runs on the same cluster, so that nothing is in the registry yet.
const project = `test-${process.pid}-${Date.now()}`;

let cluster: Cluster;
let builder: ImageBuilder;
let projectRoot: string;

beforeAll(async () => {
  cluster = await testCluster();
  builder = createBuilder({
    cluster,
    project,
    image: imageNames.builder,
    registry: createRegistry({ cluster, image: imageNames.registry }),
  });
  projectRoot = await mkdtemp(path.join(tmpdir(), 'kdev-build-'));
  await write('Dockerfile', 'FROM python:3.11-slim\n');
  await build();
  await rm(projectRoot, { recursive: true });
});
beforeEach(async () => {
  projectRoot = await mkdtemp(path.join(tmpdir(), 'kdev-build-'));
});
afterEach(() => rm(projectRoot, { recursive: true, force: true }));
afterAll(() => cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace }));

async function write(file: string, content: string, mode = 0o644): Promise<void> {
  await mkdir(path.dirname(path.join(projectRoot, file)), { recursive: true });
  await writeFile(path.join(projectRoot, file), content, { mode });
}

function build(
  options: { target?: string; args?: Record<string, string>; signal?: AbortSignal; said?: string[] } = {},
) {
  const { args = {}, said = [], signal, target } = options;
  return builder.build({
    service: 'web',
    projectRoot,
    build: { dockerfile: 'Dockerfile', context: '.', args, ...(target ? { target } : {}) },
    reporter: { step: (line) => said.push(line), detail: (line) => said.push(line) },
    ...(signal ? { signal } : {}),
  });
}

async function inBuilder(...command: string[]): Promise<string> {
  const [pod] = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
  return execIn(cluster, { namespace, pod: pod?.metadata.name ?? '', container: 'buildkitd' }, command);
}

async function run(image: BuiltImage): Promise<string> {
  const own = await freshNamespace(cluster);
  await cluster.create(testPod(own, 'web', { image: image.reference }));
  await running(cluster, own, 'web');
  return until(async () => {
    for await (const [first] of cluster.logs({ namespace: own, pod: 'web', container: 'web', follow: true }))
      return first?.line;
    return undefined;
  });
}

describe('the build lane', () => {
  it('builds an image that a node runs, and tells how it runs', async () => {
    await write(
      'Dockerfile',
      'FROM python:3.11-slim\nWORKDIR /app\nUSER 1234:5678\nCOPY . .\nENTRYPOINT ["/app/start"]\nCMD ["two"]\n',
    );
    await write('start', '#!/bin/sh\necho one "$1" $(id -u)\nexec sleep 1000\n', 0o700);
    const image = await build();
    expect(image).toMatchObject({
      built: true,
      config: { entrypoint: ['/app/start'], command: ['two'], user: '1234:5678', workingDir: '/app' },
    });
    expect(await run(image)).toBe('one two 1234');
  });

  it('builds nothing when the registry has an image of the same inputs', async () => {
    await write('Dockerfile', 'FROM python:3.11-slim\nCOPY a /a\n');
    await write('a', 'one');
    const first = await build();
    const again = await build();
    expect(again).toMatchObject({ built: false, digest: first.digest, tag: first.tag, config: first.config });
  });

  it('never takes a change of equal size and time for unchanged', async () => {
    await write('Dockerfile', 'FROM python:3.11-slim\nCOPY start /start\nENTRYPOINT ["/bin/sh", "/start"]\n');
    await write('start', 'echo 1; sleep 1000');
    await build();
    await write('start', 'echo 2; sleep 1000');
    expect(await run(await build())).toBe('2');
  });

  it('sends only what the builder does not have', async () => {
    await write('Dockerfile', 'FROM python:3.11-slim\nCOPY . /app\n');
    for (let file = 0; file < 20; file++) await write(`dir/${file}`, `${project} ${file}`);
    await build();
    const store = '/var/lib/kdev-builder/store/blobs';
    const blobs = async () => (await inBuilder('find', store, '-type', 'f')).trim().split('\n');
    const before = new Set(await blobs());
    await write('dir/3', `${project} changed`);
    await build();
    expect((await blobs()).filter((blob) => !before.has(blob))).toHaveLength(1);
  });

  it('keeps execute bits, links, empty directories and odd names', async () => {
    const script =
      'cd /app; test -x run && ! test -x data && test -L link && test -d empty && test "$(cat "a b\u00e9")" = odd && echo good; sleep 1000';
    await write(
      'Dockerfile',
      `FROM python:3.11-slim\nCOPY . /app\nENTRYPOINT ["/bin/sh", "-c", ${JSON.stringify(script)}]\n`,
    );
    await write('run', '', 0o755);
    await write('data', '');
    await write('a b\u00e9', 'odd');
    await mkdir(path.join(projectRoot, 'empty'));
    await symlink('data', path.join(projectRoot, 'link'));
    expect(await run(await build())).toBe('good');
  });

  it('builds the target with the arguments that were asked for', async () => {
    await write(
      'Dockerfile',
      'FROM python:3.11-slim AS one\nARG WORD\nENV SAID=$WORD\nFROM one AS two\nENV SAID=two\n',
    );
    const image = await build({ target: 'one', args: { WORD: 'hello' } });
    expect(image.config.env).toContain('SAID=hello');
  });

  it('leaves out what .dockerignore says', async () => {
    await write(
      'Dockerfile',
      'FROM python:3.11-slim\nCOPY . /app\nRUN ls /app > /listed\nENTRYPOINT ["/bin/sh", "-c", "tr \'\\\\n\' \' \' < /listed; echo; sleep 1000"]\n',
    );
    await write('.dockerignore', 'secret\nDockerfile\n.dockerignore\n');
    await write('secret', '');
    await write('public', '');
    expect((await run(await build())).trim()).toBe('public');
  });

  it.each<[title: string, dockerfile: string, expected: object]>([
    [
      'a base image that does not exist',
      'FROM python:0.0-none\n',
      { code: 'base-image-missing', where: 'Dockerfile:1' },
    ],
    [
      'an unknown instruction',
      'FROM python:3.11-slim\nFETCH x\n',
      { code: 'dockerfile-invalid', where: 'Dockerfile:2' },
    ],
    [
      'a file that is not there',
      'FROM python:3.11-slim\nCOPY none /\n',
      { code: 'build-failed', where: 'Dockerfile:2' },
    ],
  ])('says what is wrong with %s', async (_, dockerfile, expected) => {
    await write('Dockerfile', dockerfile);
    await expect(build()).rejects.toMatchObject({ ...expected, fault: 'user' });
  });

  it('shows the step that failed and its last words', async () => {
    await write('Dockerfile', 'FROM python:3.11-slim\nRUN echo the reason >&2; exit 7\n');
    const failure = build();
    await expect(failure).rejects.toMatchObject({ code: 'build-failed', where: 'Dockerfile:2' });
    await expect(failure).rejects.toMatchObject({
      why: expect.stringMatching(/exit code: 7[\s\S]*the reason/),
    });
  });

  it('stops a cancelled build with every process of its steps', async () => {
    const seconds = `${100_000 + process.pid}`;
    await write('Dockerfile', `FROM python:3.11-slim\nRUN sleep ${seconds} & sleep ${seconds}; true\n`);
    const abort = new AbortController();
    const failure = build({ signal: abort.signal });
    failure.catch(() => undefined);
    await until(async () => (await inBuilder('ps')).includes(`sleep ${seconds}`) || undefined);
    abort.abort(new Error('somebody changed their mind'));
    await expect(failure).rejects.toThrow('somebody changed their mind');
    await until(async () => !(await inBuilder('ps')).includes(`sleep ${seconds}`) || undefined);
  });

  it('finds the builder again, and builds for two at once', async () => {
    await write('Dockerfile', 'FROM python:3.11-slim\nARG NUMBER\nENV NUMBER=$NUMBER\n');
    const other = createBuilder({
      cluster: await testCluster(),
      project: `${project}-b`,
      image: imageNames.builder,
      registry: createRegistry({ cluster, image: imageNames.registry }),
    });
    const before = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
    const request = { service: 'web', projectRoot, reporter: silentReporter };
    const images = await Promise.all([
      build({ args: { NUMBER: '1' } }),
      other.build({ ...request, build: { dockerfile: 'Dockerfile', context: '.', args: { NUMBER: '2' } } }),
    ]);
    expect(images.map((image) => image.config.env.at(-1))).toEqual(['NUMBER=1', 'NUMBER=2']);
    const after = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
    expect(after.map((pod) => pod.metadata['uid'])).toEqual(before.map((pod) => pod.metadata['uid']));
  });

  it('takes the steps of a lost cluster from the layers that this machine kept', async () => {
    await write('Dockerfile', 'FROM python:3.11-slim\nRUN head -c 9 /dev/urandom > /random\nCOPY a /a\n');
    await write('a', 'one');
    const layersDir = await mkdtemp(path.join(tmpdir(), 'kdev-layers-'));
    const own = `${namespace}-fresh-${process.pid}`;
    const fresh = {
      cluster,
      image: imageNames.builder,
      layersDir,
      registry: createRegistry({ cluster, image: imageNames.registry }),
    };
    const request = {
      service: 'web',
      projectRoot,
      build: { dockerfile: 'Dockerfile', context: '.', args: {} },
    };
    try {
      const before = createBuilder({ ...fresh, project: `${project}-before` });
      await before.build({ ...request, reporter: silentReporter });
      const saved = path.join(layersDir, `kdev_${project}-before-web`, 'image.json');
      await until(async () => (await readFile(saved, 'utf8').catch(() => '')) || undefined);
      // As if the cluster were another: a builder without a cache, a repository that its registry does not know.
      await rename(
        path.join(layersDir, `kdev_${project}-before-web`),
        path.join(layersDir, `kdev_${project}-after-web`),
      );
      await write('a', 'two');
      const steps: string[] = [];
      const after = createBuilder({ ...fresh, project: `${project}-after`, namespace: own });
      await after.build({
        ...request,
        reporter: { step: (step) => steps.push(step), detail: () => undefined },
      });
      expect(steps.filter((step) => step.includes('COPY a'))).toHaveLength(1);
      expect(steps.filter((step) => step.includes('RUN head'))).toEqual([]);
    } finally {
      await rm(layersDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
      await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: own });
    }
  });

  it('goes on with a new builder when its pod goes during a build', async () => {
    await write('Dockerfile', `FROM python:3.11-slim\nRUN sleep 6; echo ${project}\n`);
    const image = build();
    image.catch(() => undefined);
    await until(async () => (await inBuilder('ps')).includes('sleep 6') || undefined);
    for (const pod of await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace })) {
      const { name } = pod.metadata;
      await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name, namespace }, { gracePeriodSeconds: 0 });
    }
    expect(await image).toMatchObject({ built: true });
  });

  it('goes on in a new namespace when somebody deletes the old one', async () => {
    await write('Dockerfile', `FROM python:3.11-slim\nRUN echo again ${project}\n`);
    await build();
    await write('Dockerfile', `FROM python:3.11-slim\nRUN echo and again ${project}\n`);
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    expect(await build()).toMatchObject({ built: true });
  });

  it('says so when the registry does not answer', async () => {
    await write('Dockerfile', 'FROM python:3.11-slim\n');
    const { found } = await findRegistry({ cluster });
    const push = found?.registry.fromPods ?? '';
    const lost = createBuilder({
      cluster,
      project,
      image: imageNames.builder,
      registry: createRegistry({
        cluster,
        image: imageNames.registry,
        configured: { push, pull: push, here: '127.0.0.1:1', prefix: '', plainHttp: true, insecure: false },
      }),
    });
    const request = { service: 'web', projectRoot, reporter: silentReporter };
    await expect(
      lost.build({ ...request, build: { dockerfile: 'Dockerfile', context: '.', args: {} } }),
    ).rejects.toMatchObject({ code: 'registry-unreachable', fault: 'environment' });
  });

  it('says why a builder does not get ready', async () => {
    await write('Dockerfile', 'FROM python:3.11-slim\n');
    const own = `${namespace}-${process.pid}`;
    const broken = createBuilder({
      cluster,
      project: `${project}-c`,
      image: 'docker.io/kdev/builder:none',
      registry: createRegistry({ cluster, image: imageNames.registry }),
      namespace: own,
    });
    const request = { service: 'web', projectRoot, reporter: silentReporter };
    await expect(
      broken.build({ ...request, build: { dockerfile: 'Dockerfile', context: '.', args: {} } }),
    ).rejects.toMatchObject({ code: 'builder-not-ready', why: expect.stringContaining('kdev/builder:none') });
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: own });
  });
});
