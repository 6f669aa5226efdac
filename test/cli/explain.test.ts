import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePlace, type Place, runKdev } from './kdev-command.ts';

let place: Place;

beforeAll(() => {
  place = makePlace({
    '.kdevignore': '# what nobody needs there\n*.log\n',
    '.dockerignore': '',
    Dockerfile: 'FROM python\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\n',
    'requirements.txt': 'six\n',
    'src/app.py': '',
    'src/static/logo.svg': '',
    'other.txt': '',
    'dev.config.ts': `import { defineConfig } from 'kdev';

export default defineConfig({
  manifests: 'k8s',
  services: {
    web: {
      build: true,
      sync: [
        { from: 'src', to: '/app', ignore: ['*.bak', 'gen/'] },
        { from: 'src/static', to: '/app/static' },
      ],
      restart: [
        'src/**/*.py',
      ],
    },
    worker: { sync: { './src': '/worker' } },
    runner: {
      build: true,
      sync: { 'requirements.txt': '/requirements.txt' },
      run: [{ when: ['requirements.txt'], command: 'pip install -r /requirements.txt' }],
    },
  },
});
`,
    'k8s/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: nothing }\n',
  });
  mkdirSync(path.join(place.root, 'src', 'gen'));
});

afterAll(() => place.remove());

const explain = async (...paths: string[]): Promise<string> => {
  const { code, stdout, stderr } = await runKdev(place, 'explain', ...paths);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
};

describe('kdev explain', () => {
  it('says where a file goes in each service, what its change does, and where each rule is written', async () => {
    expect(await explain('src/app.py')).toBe(
      [
        'src/app.py  file',
        '  web',
        '    src → /app/app.py  dev.config.ts:9',
        '    sync    /app/app.py',
        '    restart src/**/*.py  dev.config.ts:13',
        '  worker',
        '    src → /worker/app.py  dev.config.ts:16',
        '    sync    /worker/app.py',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['src/debug.log', '*.log: the file .kdevignore says so  .kdevignore:2'],
    ['src/old.bak', "*.bak: the mapping's ignore says so  dev.config.ts:9"],
    ['src/gen/deep/a.py', "gen/: the mapping's ignore says so  dev.config.ts:9"],
    ['src/.app.py.swp', "vim's and nano's swap file"],
    ['src/.git/HEAD', ".git: git's own files are never synced"],
  ])('says which rule leaves %s out', async (file, rule) => {
    const found = await explain(file);
    expect(found).toContain('ignored by');
    expect(found).toContain(rule);
  });

  it('says which rule rebuilds, also one that nobody wrote', async () => {
    expect(await explain('requirements.txt')).toContain('rebuild requirements.txt  Dockerfile reads it');
    expect(await explain('Dockerfile')).toContain('rebuild Dockerfile  the image is made of it');
  });

  it('says where a run step takes the place of a rebuild', async () => {
    expect(await explain('requirements.txt')).toContain(
      [
        '  runner',
        '    requirements.txt → /requirements.txt  dev.config.ts:19',
        '    sync    /requirements.txt',
        '    run     requirements.txt: pip install -r /requirements.txt  dev.config.ts:20',
        '            in place of a rebuild by requirements.txt',
      ].join('\n'),
    );
  });

  it('says which of two mappings wins', async () => {
    const found = await explain('src/static/logo.svg');
    expect(found).toContain('covered by the later mapping of src/static');
  });

  it('knows directories, what is not there yet, and what nothing asks for', async () => {
    expect(await explain('src')).toContain('src  directory');
    expect(await explain('src/gen/')).toContain("ignored by gen/: the mapping's ignore");
    expect(await explain('src/new.py')).toMatch(/not there \(yet\)[\s\S]*restart/);
    expect(await explain('other.txt')).toContain('No mapping and no rule names it');
  });

  it('knows what is outside, and takes a path that leads here through a link', async () => {
    expect(await explain('../elsewhere')).toContain('outside');
    const link = path.join(place.root, '..', 'link');
    symlinkSync(place.root, link);
    expect(await explain(path.join(link, 'src', 'app.py'))).toContain('restart src/**/*.py');
  });

  it('answers about several at once, as JSON, without any cluster', async () => {
    const { stdout } = await runKdev(place, 'explain', 'src/app.py', '/etc/passwd', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      project: 'shop',
      paths: [
        {
          path: 'src/app.py',
          is: 'file',
          services: [
            { service: 'web', steps: [{ step: 'sync' }, { step: 'restart', where: 'dev.config.ts:13' }] },
            { service: 'worker' },
          ],
        },
        { path: null, is: 'outside', services: [] },
      ],
    });
  });

  it('asks for a path', async () => {
    expect(await runKdev(place, 'explain')).toMatchObject({ code: 2 });
  });
});
