import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProject } from '../config/load-project.ts';
import { printConfig } from './print-config.ts';
import { proposeConfig } from './propose-config.ts';

type Files = Readonly<Record<string, string>>;

let root: string;
let top: string;

beforeEach(() => {
  top = realpathSync(mkdtempSync(path.join(tmpdir(), 'kdev-init-')));
  root = path.join(top, 'shop');
  mkdirSync(root);
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

function write(files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
}

/** What kdev init would write, without its first and last lines; kdev itself must be able to read it. */
async function proposal(files: Files): Promise<string> {
  write(files);
  const text = printConfig(proposeConfig(root).config);
  writeFileSync(path.join(root, 'dev.config.ts'), text);
  await loadProject({ cwd: root, cacheDir: path.join(top, 'cache') });
  return text
    .replace("import { defineConfig } from 'kdev';\n\nexport default defineConfig({\n", '')
    .replace(/\}\);\n$/, '');
}

function deployment(
  name: string,
  image: string,
  options: { port?: number; kind?: string; more?: string } = {},
) {
  const { kind = 'Deployment', more = '', port } = options;
  const ports = port === undefined ? '' : `, ports: [{ containerPort: ${port} }]`;
  return `apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: '${image}'${ports}${more} }] }
`;
}

const kustomization = (...resources: readonly string[]) => `resources: [${resources.join(', ')}]\n`;

const nodeFiles: Files = {
  'package.json': '{}',
  'package-lock.json': '{}',
  'src/server.js': '',
  'src/lib/sum.js': '',
  'node_modules/x/index.js': '',
  'test/sum.test.js': '',
  'deploy/app.yaml': deployment('web', 'registry.example/shop:3', { port: 3000 }),
};

const cases: readonly (readonly [title: string, files: Files, expected: string])[] = [
  [
    'Node with its whole folder copied, plain manifests',
    {
      ...nodeFiles,
      Dockerfile:
        'FROM node:20-slim\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nEXPOSE 3000\nCMD ["node", "src/server.js"]\n',
      '.dockerignore': 'node_modules\n.git\n**/*.md\n',
    },
    `  manifests: 'deploy',
  services: {
    web: {
      build: true,
      sync: [
        { from: '.', to: '/app', ignore: ['/node_modules', '/.git', '*.md', '/dev.config.*'] },
      ],
      restart: ['src/**/*.{js,mjs,cjs,ts,tsx}'],
      rebuild: ['package-lock.json', 'package.json'],
      ports: [3000],
    },
  },
`,
  ],
  [
    'Node that is compiled: no sync, a change makes a new image',
    {
      ...nodeFiles,
      Dockerfile:
        'FROM node:20 AS build\nWORKDIR /app\nCOPY package.json .\nRUN npm i\nCOPY src ./src\nRUN npm run build\nFROM nginx\nCOPY --from=build /app/dist /usr/share/nginx/html\n',
    },
    `  manifests: 'deploy',
  services: {
    web: {
      build: true,
      rebuild: ['package.json', 'src/**/*'],
      ports: [3000],
    },
  },
`,
  ],
  [
    'Node with a stage for developing whose command reloads by itself',
    {
      ...nodeFiles,
      Dockerfile:
        'FROM node:20 AS base\nWORKDIR /srv\nCOPY package.json .\nRUN npm i\nFROM base AS development\nCOPY src src\nCMD ["npx", "nodemon", "src/server.js"]\nFROM base\nCOPY . .\nRUN npm run build\n',
    },
    `  manifests: 'deploy',
  services: {
    web: {
      build: { target: 'development' },
      sync: { src: '/srv/src' },
      rebuild: ['package.json'],
      ports: [3000],
    },
  },
`,
  ],
  [
    'Go that is compiled into an image of its own',
    {
      Dockerfile:
        'FROM golang:1.26 AS build\nWORKDIR /src\nCOPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN go build -o /bin/shop ./cmd/shop\nFROM scratch\nCOPY --from=build /bin/shop /shop\nENTRYPOINT ["/shop"]\n',
      'go.mod': 'module shop\n',
      'go.sum': '',
      'cmd/shop/main.go': 'package main\n',
      'k8s/deployment.yml': deployment('shop', 'shop:latest', { port: 80 }),
      'k8s/notes.yml': 'just: notes\n',
    },
    `  manifests: 'k8s/deployment.yml',
  services: {
    shop: {
      build: true,
      rebuild: ['go.mod', 'go.sum', '**/*.go'],
      ports: ['8080:80'],
    },
  },
`,
  ],
  [
    'Go with a stage that runs the sources',
    {
      Dockerfile:
        'FROM golang:1.26 AS dev\nWORKDIR /src\nCOPY go.mod .\nRUN go mod download\nCOPY . .\nCMD ["go", "run", "."]\nFROM dev AS build\nRUN go build -o /shop\nFROM scratch\nCOPY --from=build /shop /shop\n',
      'go.mod': 'module shop\n',
      'main.go': 'package main\n',
      'k8s.yaml': deployment('shop', 'shop'),
    },
    `  manifests: 'k8s.yaml',
  services: {
    shop: {
      build: { target: 'dev' },
      sync: [{ from: '.', to: '/src', ignore: ['/dev.config.*'] }],
      restart: ['**/*.go'],
      rebuild: ['go.mod'],
    },
  },
`,
  ],
  [
    'Python whose .dockerignore lets only some paths through, reloading by itself',
    {
      Dockerfile:
        'FROM python:3.12\nCOPY requirements.txt /tmp/\nRUN pip install -r /tmp/requirements.txt\nWORKDIR /code\nCOPY . .\nEXPOSE 8000\n',
      '.dockerignore': '*\n!shop\n!manage.py\n!requirements.txt\n',
      'shop/views.py': '',
      'manage.py': '',
      'requirements.txt': '',
      'k8s/a.yaml': deployment('shop', 'shop', {
        more: ", command: ['uvicorn', 'shop:app', '--reload']",
      }),
    },
    `  manifests: 'k8s',
  services: {
    shop: {
      build: true,
      sync: { shop: '/code/shop', 'manage.py': '/code/manage.py' },
      rebuild: ['requirements.txt'],
      ports: [8000],
    },
  },
`,
  ],
  [
    'several services in folders of their own, a database of somebody else’s, a worker of the same image',
    {
      'services/api/Dockerfile': 'FROM python:3.12\nWORKDIR /app\nCOPY app app\nCOPY main.py entry.sh ./\n',
      'services/api/app/a.py': '',
      'services/api/main.py': '',
      'services/api/entry.sh': '',
      'services/web/Dockerfile': 'FROM node:20\nWORKDIR /app\nCOPY . .\nCMD node .\n',
      'services/web/index.js': '',
      'docker/jobs.Dockerfile': 'FROM ruby:3\nWORKDIR /jobs\nCOPY lib/ ./\n',
      'lib/job.rb': '',
      'k8s/api.yaml': deployment('shop-api', 'ghcr.io/acme/shop-api:1', { port: 8080 }),
      'k8s/web.yaml': deployment('web', 'acme/web', { port: 8080 }),
      'k8s/worker.yaml': deployment('worker', 'ghcr.io/acme/shop-api:1'),
      'k8s/jobs.yaml': deployment('jobs', 'jobs', { kind: 'StatefulSet' }),
      'k8s/db.yaml': deployment('db', 'postgres:16', { port: 5432 }),
    },
    `  manifests: 'k8s',
  services: {
    'shop-api': {
      build: 'services/api/Dockerfile',
      sync: {
        'services/api/app': '/app/app',
        'services/api/main.py': '/app/main.py',
        'services/api/entry.sh': '/app/entry.sh',
      },
      restart: ['services/api/app/**/*.py', 'services/api/main.py'],
      ports: [8080],
    },
    jobs: {
      workload: 'statefulset/jobs',
      build: { dockerfile: 'docker/jobs.Dockerfile', context: '.' },
      sync: { lib: '/jobs' },
      restart: ['lib/**/*.{rb,ru}'],
    },
    web: {
      build: 'services/web/Dockerfile',
      sync: [{ from: 'services/web', to: '/app', ignore: ['node_modules/'] }],
      restart: ['services/web/*.{js,mjs,cjs,ts,tsx}'],
      ports: ['8081:8080'],
    },
    worker: {
      build: 'services/api/Dockerfile',
      sync: {
        'services/api/app': '/app/app',
        'services/api/main.py': '/app/main.py',
        'services/api/entry.sh': '/app/entry.sh',
      },
      restart: ['services/api/app/**/*.py', 'services/api/main.py'],
    },
  },
`,
  ],
  [
    'overlays, none of which is for developing: the base is',
    {
      Dockerfile: 'FROM php:8\nWORKDIR /var/www\nCOPY src src\nCOPY setup /setup\nCOPY php.ini /etc/\n',
      'src/index.php': '',
      setup: '',
      'php.ini': '',
      'k8s/base/kustomization.yaml': kustomization('app.yaml'),
      'k8s/base/app.yaml': deployment('shop', 'shop'),
      'k8s/overlays/staging/kustomization.yaml': kustomization('../../base'),
      'k8s/overlays/production/kustomization.yaml': kustomization('../../base', 'extra.yaml'),
      'k8s/overlays/production/extra.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n',
    },
    `  environments: {
    local: { manifests: 'k8s/base' },
    production: { manifests: 'k8s/overlays/production', protected: true },
    staging: { manifests: 'k8s/overlays/staging', protected: true },
  },
  services: {
    shop: {
      build: true,
      sync: { src: '/var/www/src' },
      rebuild: ['setup', 'php.ini'],
    },
  },
`,
  ],
  [
    'folders of the same plain manifests: a variant each, the one for developing called local',
    {
      Dockerfile: 'FROM python:3\nCOPY shop.py /srv/shop.py\n',
      'shop.py': '',
      'deploy/prod/app.yaml': deployment('shop', 'shop'),
      'deploy/dev/app.yaml': deployment('shop', 'shop'),
    },
    `  environments: {
    local: { manifests: 'deploy/dev' },
    prod: { manifests: 'deploy/prod', protected: true },
  },
  services: {
    shop: {
      build: true,
      sync: { 'shop.py': '/srv/shop.py' },
      restart: ['shop.py'],
    },
  },
`,
  ],
];

describe('kdev init proposes, for', () => {
  it.each(cases)('%s', async (_, files, expected) => {
    expect(await proposal(files)).toBe(expected);
  });

  it('the example, what its authors wrote by hand but for the names of the box and the suites', async () => {
    cpSync(path.resolve(import.meta.dirname, '../../examples/e2e-k8s-demo'), root, { recursive: true });
    rmSync(path.join(root, 'dev.config.ts'));
    expect(await proposal({})).toBe(`  environments: {
    local: { manifests: 'k8s/overlays/local' },
    production: { manifests: 'k8s/overlays/production', protected: true },
  },
  services: {
    adder: {
      build: { target: 'dev' },
      sync: { tests: '/app/tests', e2e_k8s: '/app/e2e_k8s' },
      restart: ['e2e_k8s/**/*.py'],
      rebuild: ['requirements-dev.txt', 'requirements.txt', 'pyproject.toml'],
      ports: [8080],
    },
  },
`);
  });
});

describe('kdev init gives up, saying what it looked for,', () => {
  const dockerfile = 'FROM python:3\nCOPY . /app\n';
  it.each<[title: string, files: Files, code: string, words: RegExp]>([
    [
      'without a Dockerfile',
      { 'k8s/a.yaml': deployment('a', 'a') },
      'init-no-dockerfile',
      /Dockerfile\.NAME/,
    ],
    ['without manifests', { Dockerfile: dockerfile }, 'init-no-manifests', /kustomizations/],
    [
      'with a chart only',
      { Dockerfile: dockerfile, 'chart/Chart.yaml': 'name: a', 'chart/templates/a.yaml': 'kind: {{ x }}' },
      'init-no-manifests',
      /Helm chart/,
    ],
    [
      'with images that belong to no Dockerfile',
      { Dockerfile: dockerfile, 'k8s/a.yaml': deployment('db', 'postgres:16') },
      'init-no-match',
      /Deployment db runs postgres:16/,
    ],
  ])('%s', (_, files, code, words) => {
    write(files);
    expect(() => proposeConfig(root)).toThrow(
      expect.objectContaining({ code, fault: 'user', why: expect.stringMatching(words) as string }),
    );
  });
});
