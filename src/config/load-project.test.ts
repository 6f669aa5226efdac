import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import { loadProject } from './load-project.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder called `shop` with these files in it. */
function tree(files: Readonly<Record<string, string>>): string {
  const top = realpathSync(mkdtempSync(path.join(tmpdir(), 'kdev-config-')));
  folders.push(top);
  const root = path.join(top, 'shop');
  for (const [name, content] of Object.entries({ 'k8s/app.yaml': 'kind: List\n', ...files })) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  return root;
}

function load(root: string, options: { cwd?: string; config?: string } = {}) {
  return loadProject({ cwd: root, cacheDir: path.join(path.dirname(root), 'cache'), ...options });
}

async function failure(root: string, options: { cwd?: string; config?: string } = {}): Promise<KdevError> {
  const thrown: unknown = await load(root, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof KdevError)) throw new Error(`expected a KdevError, got ${String(thrown)}`);
  return thrown;
}

function config(body: string): string {
  return `import { defineConfig } from 'kdev';\n\nexport default defineConfig({\n${body}\n});\n`;
}

describe('a configuration that is right', () => {
  it('needs five lines for a service with a Dockerfile and manifests', async () => {
    const root = tree({
      'dev.config.ts': config(
        `  manifests: 'k8s',\n  services: { adder: { build: true, sync: { src: '/app/src' }, restart: ['**/*.py'], ports: [8080] } },`,
      ),
    });
    const { project, files } = await load(root);
    expect(project).toEqual({
      name: 'shop',
      root,
      configFile: path.join(root, 'dev.config.ts'),
      builder: { namespace: 'kdev-builder', cacheSize: '20Gi' },
      environments: [
        {
          name: 'local',
          manifests: { type: 'yaml', files: ['k8s/app.yaml'] },
          namespace: 'shop',
          target: { type: 'default' },
          protected: false,
          colour: 'green',
        },
      ],
      services: [
        {
          name: 'adder',
          workload: { kind: 'Deployment', name: 'adder' },
          build: { dockerfile: 'Dockerfile', context: '.', args: {} },
          mappings: [{ from: 'src', to: '/app/src', ignore: [], mirror: false }],
          restart: ['**/*.py'],
          rebuild: [],
          ports: [{ local: 8080, remote: 8080 }],
          graceMs: 5000,
          gateWaitMs: 30000,
          onCrash: 'hold',
          dependsOn: [],
          storage: 'auto',
          tests: [],
        },
      ],
    });
    expect(files).toEqual([path.join(root, 'dev.config.ts')]);
  });

  it('is found from a folder below', async () => {
    const root = tree({
      'dev.config.ts': config(`manifests: 'k8s', services: { a: {} }`),
      'src/deep/x.py': '',
    });
    expect((await load(root, { cwd: path.join(root, 'src/deep') })).project.root).toBe(root);
  });

  it('keeps every option', async () => {
    const root = tree({
      'k8s/overlays/local/kustomization.yaml': '',
      'k8s/overlays/production/kustomization.yaml': '',
      'dev.config.ts': config(`
        name: 'sums',
        environments: {
          local: { manifests: 'k8s/overlays/local/', box: 'demo' },
          production: { manifests: 'k8s/overlays/production', context: 'prod', namespace: 'sums-live', protected: true },
        },
        services: {
          db: { workload: 'statefulset/postgres', container: 'postgres' },
          adder: {
            workload: 'api',
            build: { dockerfile: 'docker/Dockerfile', context: '.', target: 'dev', args: { A: '1' }, platform: 'linux/arm64', replaces: 'adder' },
            sync: [{ from: './src/', to: '/app/src/', ignore: ['*.pyc'], mirror: true }, { from: 'one.txt', to: '/etc/one.txt' }],
            rebuild: ['requirements*.txt'], ports: ['9000:8080', '0:8081'], graceMs: 0, gateWaitMs: 1,
            onCrash: 'exit', dependsOn: ['db'], storage: 'volume',
          },
        },`),
    });
    const { project } = await load(root);
    expect(project.environments).toEqual([
      {
        name: 'local',
        manifests: { type: 'kustomize', dir: 'k8s/overlays/local' },
        namespace: 'sums',
        target: { type: 'box', box: 'demo' },
        protected: false,
        colour: 'green',
      },
      {
        name: 'production',
        manifests: { type: 'kustomize', dir: 'k8s/overlays/production' },
        namespace: 'sums-live',
        target: { type: 'context', context: 'prod' },
        protected: true,
        colour: 'red',
      },
    ]);
    expect(project.services[0]).toMatchObject({
      workload: { kind: 'StatefulSet', name: 'postgres' },
      container: 'postgres',
    });
    expect(project.services[1]).toMatchObject({
      workload: { kind: 'Deployment', name: 'api' },
      build: {
        dockerfile: 'docker/Dockerfile',
        context: '.',
        target: 'dev',
        args: { A: '1' },
        platform: 'linux/arm64',
        replaces: 'adder',
      },
      mappings: [
        { from: 'src', to: '/app/src', ignore: ['*.pyc'], mirror: true },
        { from: 'one.txt', to: '/etc/one.txt', ignore: [], mirror: false },
      ],
      ports: [
        { local: 9000, remote: 8080 },
        { local: 0, remote: 8081 },
      ],
      graceMs: 0,
      gateWaitMs: 1,
      onCrash: 'exit',
      dependsOn: ['db'],
      storage: 'volume',
    });
  });

  it.each([
    ["'k8s'", { type: 'yaml', files: ['k8s/a.json', 'k8s/app.yaml', 'k8s/b.yml'] }],
    ["'k8s/app.yaml'", { type: 'yaml', files: ['k8s/app.yaml'] }],
    ["'k8s/**/*.yaml'", { type: 'yaml', files: ['k8s/app.yaml', 'k8s/sub/c.yaml'] }],
    ["['k8s/b.yml', 'k8s']", { type: 'yaml', files: ['k8s/b.yml', 'k8s/a.json', 'k8s/app.yaml'] }],
    ["'over'", { type: 'kustomize', dir: 'over' }],
    ["'over/kustomization.yml'", { type: 'kustomize', dir: 'over' }],
  ])('takes %s for manifests', async (manifests, expected) => {
    const root = tree({
      'k8s/a.json': '{}',
      'k8s/b.yml': '',
      'k8s/notes.txt': '',
      'k8s/sub/c.yaml': '',
      'over/kustomization.yml': '',
      'dev.config.ts': config(`manifests: ${manifests}, services: { a: {} }`),
    });
    expect((await load(root)).project.environments[0]?.manifests).toEqual(expected);
  });

  it('counts paths from the file that calls defineConfig when another one hands it on', async () => {
    const root = tree({
      'examples/one/k8s/app.yaml': '',
      'examples/one/dev.config.ts': config(
        `manifests: 'k8s', services: { a: { sync: { src: '/src' }, ports: [port] } }`,
      ).replace(/^/, "import { port } from './port.ts';\n"),
      'examples/one/port.ts': 'export const port: number = 81;\n',
      'dev.config.ts': "export { default } from './examples/one/dev.config.ts';\n",
    });
    const { project, files } = await load(root);
    expect(project.root).toBe(path.join(root, 'examples/one'));
    expect(project.name).toBe('one');
    expect([...files].sort()).toEqual(
      ['dev.config.ts', 'examples/one/dev.config.ts', 'examples/one/port.ts'].map((name) =>
        path.join(root, name),
      ),
    );
  });

  it('counts paths from the configuration when a helper elsewhere calls defineConfig for it', async () => {
    const root = tree({
      'shared/make.ts': `import { defineConfig } from 'kdev';\nexport const make = () => defineConfig({ manifests: 'k8s', services: { a: {} } });\n`,
      'dev.config.ts': "import { make } from './shared/make.ts';\nexport default make();\n",
    });
    expect((await load(root)).project.root).toBe(root);
  });

  it('counts paths from the root that it names', async () => {
    const root = tree({
      'tools/dev.config.ts': config(`root: '..', manifests: 'k8s', services: { a: {} }`),
    });
    const { project } = await load(root, { config: 'tools/dev.config.ts' });
    expect(project.root).toBe(root);
    expect(project.name).toBe('shop');
  });

  it('may be a plain object, JavaScript or a promise', async () => {
    const root = tree({
      'dev.config.mjs': `export default Promise.resolve({ manifests: 'k8s', services: { a: {} } });\n`,
    });
    expect((await load(root)).project.root).toBe(root);
  });

  it('is read again after it changed, and so is what it imports', async () => {
    const root = tree({
      'dev.config.ts': config(`manifests: 'k8s', services: { a: { ports: [port] } }`).replace(
        /^/,
        "import { port } from './port.ts';\n",
      ),
      'port.ts': 'export const port = 81;\n',
    });
    expect((await load(root)).project.services[0]?.ports[0]?.local).toBe(81);
    writeFileSync(path.join(root, 'port.ts'), 'export const port = 82;\n');
    expect((await load(root)).project.services[0]?.ports[0]?.local).toBe(82);
  });
});

describe('a configuration that cannot be evaluated', () => {
  it('is missing: says where it looked', async () => {
    const root = tree({});
    const error = await failure(root);
    expect(error.code).toBe('config-missing');
    expect(error.what).toContain(root);
    expect(error.cure).toContain('--config');
  });

  it('is missing where --config says', async () => {
    const root = tree({});
    const error = await failure(root, { config: 'other.ts' });
    expect(error.code).toBe('config-missing');
    expect(error.what).toContain(path.join(root, 'other.ts'));
  });

  it('throws: names file and line of the throw, also in a file it imports', async () => {
    const root = tree({
      'dev.config.ts':
        "import { port } from './port.ts';\nexport default { services: { a: { ports: [port()] } } };\n",
      'port.ts':
        "type N = {\n  a: number;\n};\nexport const port = (): N => {\n  throw new RangeError('no port is free');\n};\n",
    });
    const error = await failure(root);
    expect(error).toMatchObject({
      code: 'config-throws',
      fault: 'user',
      why: 'RangeError: no port is free',
      where: 'port.ts:5',
    });
  });

  it('throws something that is no error', async () => {
    const root = tree({ 'dev.config.ts': "throw 'out of luck';\n" });
    expect(await failure(root)).toMatchObject({ code: 'config-throws', why: 'Thrown value: out of luck' });
  });

  it('imports what does not exist', async () => {
    const root = tree({ 'dev.config.ts': "import x from './nowhere.ts';\nexport default x;\n" });
    const error = await failure(root);
    expect(error.code).toBe('config-throws');
    expect(error.why).toContain('./nowhere.ts');
  });

  it('does not parse: names file, line and column', async () => {
    const root = tree({ 'dev.config.ts': config('  services: { a: [ },') });
    expect(await failure(root)).toMatchObject({ code: 'config-syntax', where: 'dev.config.ts:4:20' });
  });

  it.each([
    ['nothing', 'const x = 1;\n'],
    ['a number', 'export default 7;\n'],
    ['a function', 'export default () => ({});\n'],
    ['only named things', 'export const config = {};\n'],
  ])('exports %s by default', async (_, source) => {
    const root = tree({ 'dev.config.ts': source });
    expect(await failure(root)).toMatchObject({ code: 'config-no-default' });
  });
});

describe('a configuration that is wrong', () => {
  it('reports every problem at once, with key, file, line and what was probably meant', async () => {
    const root = tree({
      'dev.config.ts': config(`  manifests: 'k8x',
  services: {
    adder: {
      sinc: { src: '/app/src' },
      restart: '**/*.py',
      graceMs: -1,
      sync: { '../other': '/app/other', src: 'app/src' },
      ports: [8080, 99999],
      dependsOn: ['dd'],
    },
    db: { ports: [8080] },
  },`),
    });
    const error = await failure(root);
    expect(error.code).toBe('config-invalid');
    expect(error.what).toBe('The configuration has 9 problems.');
    expect(error.where).toBe('dev.config.ts:4');
    expect(error.why?.split('\n')).toEqual([
      `dev.config.ts:4  manifests: k8x does not exist in ${root}`,
      'dev.config.ts:7  services.adder.sinc: there is no such option; did you mean sync?',
      "dev.config.ts:8  services.adder.restart: expected a list of globs, not '**/*.py'",
      'dev.config.ts:9  services.adder.graceMs: expected a whole number of milliseconds from 0 to 600000, not -1',
      `dev.config.ts:10  services.adder.sync["../other"]: '../other' lies outside ${root}; what is synced must be inside the configuration's folder`,
      "dev.config.ts:10  services.adder.sync.src: expected an absolute path in the container, not 'app/src'",
      "dev.config.ts:11  services.adder.ports[1]: expected a port from 1 to 65535 or 'local:remote', not 99999",
      'dev.config.ts:12  services.adder.dependsOn[0]: there is no service dd; did you mean db?',
      "dev.config.ts:14  services.db.ports[0]: local port 8080 is already taken by service adder; write '8081:…' to choose another",
    ]);
  });

  it('finds lines through constants, spreads and type assertions', async () => {
    const root = tree({
      'dev.config.ts': `import { defineConfig, type ServiceConfig } from 'kdev';
const common = {
  graceMs: 'long',
} as const;
const adder = {
  ...common,
  storage: 'disk',
} as unknown as ServiceConfig;
const config = { manifests: 'k8s', services: { adder } };
export default defineConfig(config);
`,
    });
    const { why } = await failure(root);
    expect(why).toContain('dev.config.ts:3  services.adder.graceMs');
    expect(why).toContain(
      "dev.config.ts:7  services.adder.storage: expected 'auto', 'layer' or 'volume', not 'disk'",
    );
  });

  it('names the file of a configuration that another one hands on', async () => {
    const root = tree({
      'one/dev.config.ts': config('  nmae: 1,'),
      'dev.config.ts': "export { default } from './one/dev.config.ts';\n",
    });
    expect((await failure(root)).why).toContain('one/dev.config.ts:4  nmae');
  });

  it('maps what lies outside the tree', async () => {
    const root = tree({
      'dev.config.ts': config(`manifests: 'k8s',\nservices: { a: { sync: { '../secret': '/app' } } }`),
    });
    expect(await failure(root)).toMatchObject({ code: 'mapping-outside', where: 'dev.config.ts:5' });
  });

  it('maps a link that leads outside the tree', async () => {
    const root = tree({
      'dev.config.ts': config(`manifests: 'k8s', services: { a: { sync: { out: '/app' } } }`),
    });
    symlinkSync('..', path.join(root, 'out'));
    expect(await failure(root)).toMatchObject({ code: 'mapping-outside' });
  });

  it.each([
    [`services: {}`, 'services: expected at least one service'],
    [`services: { a: null }`, 'services.a: expected the settings of a service'],
    [`services: { 'A b': {} }`, 'services["A b"]: a service is named by a DNS label'],
    [`services: { a: { build: 5 } }`, "services.a.build: expected true, a Dockerfile's path or {"],
    [
      `services: { a: { build: { tagret: 'x' } } }`,
      'services.a.build.tagret: there is no such option; did you mean target?',
    ],
    [`services: { a: { build: '../Dockerfile' } }`, "services.a.build: '../Dockerfile' lies outside"],
    [`services: { a: { sync: { src: '/' } } }`, 'services.a.sync.src: the whole root of a container'],
    [`services: { a: { sync: { src: '/kdev/x' } } }`, 'services.a.sync.src: /kdev in the container'],
    [`services: { a: { sync: { src: '/a/../b' } } }`, 'services.a.sync.src: expected a path without ..'],
    [`services: { a: { sync: [{ from: 'x' }] } }`, 'services.a.sync[0].to: missing'],
    [
      `services: { a: { workload: 'deploymnt/x' } }`,
      'services.a.workload: there is no kind of workload called deploymnt; did you mean deployment/x?',
    ],
    [
      `services: { a: { ports: ['x:1'] } }`,
      "services.a.ports[0]: expected a port from 1 to 65535 or 'local:remote', not 'x:1'",
    ],
    [`services: { a: { ports: [0] } }`, 'services.a.ports[0]: expected a port'],
    [`services: { a: { rebuild: ['x'] } }`, 'services.a.rebuild: there is nothing to rebuild'],
    [
      `services: { a: { onCrash: 'stop' } }`,
      "services.a.onCrash: expected 'hold', 'restart' or 'exit', not 'stop'",
    ],
    [
      `services: { a: {}, b: { workload: 'a', container: 'a' } }`,
      'services.b.workload: container a of Deployment/a is already service a',
    ],
    [
      `services: { a: { dependsOn: ['b'] }, b: { dependsOn: ['a'] } }`,
      'services.a.dependsOn: services wait for each other: a → b → a',
    ],
    [
      `services: { a: { dependsOn: ['zebra'] }, b: {} }`,
      'services.a.dependsOn[0]: there is no service zebra; those that exist are a, b',
    ],
    [`environments: {}, services: { a: {} }`, 'environments: expected at least one environment'],
    [
      `environments: { l: { box: 'd', context: 'c' } }, services: { a: {} }`,
      'environments.l.box: context and box exclude each other',
    ],
    [
      `environments: { l: { namespace: 'No' } }, services: { a: {} }`,
      'environments.l.namespace: expected a DNS label',
    ],
    [`root: 'nowhere', services: { a: {} }`, 'root: there is no folder'],
    [`name: 'Sums!', services: { a: {} }`, 'name: expected a DNS label'],
  ])('says so of { %s }', async (body, expected) => {
    const root = tree({ 'dev.config.ts': config(`manifests: 'k8s', ${body}`) });
    const error = await failure(root);
    const key = /at (.*)\.$/.exec(error.what)?.[1] ?? '';
    const [before = '', after = ''] = expected.split(/: (.*)/s);
    expect(key).toBe(before);
    expect(error.why?.toLowerCase()).toContain(after.toLowerCase());
    expect(error.where).toMatch(/^dev\.config\.ts:\d+$/);
    expect(error.fault).toBe('user');
  });

  it.each([
    [`services: { a: {} }`, 'missing: expected manifests'],
    [`environments: { l: {} }, services: { a: {} }`, 'missing: expected manifests'],
    [`manifests: 'empty', services: { a: {} }`, 'holds neither a kustomization.yaml nor'],
    [`manifests: 'k8s/*.jsonnet', services: { a: {} }`, 'no file matches'],
    [`manifests: ['over', 'k8s'], services: { a: {} }`, 'is a kustomization and stands in a list'],
    [`manifests: [], services: { a: {} }`, 'expected at least one path'],
  ])('says what is wrong with the manifests of { %s }', async (body, expected) => {
    const root = tree({
      'dev.config.ts': config(body),
      'empty/notes.txt': '',
      'over/kustomization.yaml': '',
    });
    expect((await failure(root)).why?.toLowerCase()).toContain(expected.toLowerCase());
  });
});
