import micromatch from 'micromatch';
import { describe, expect, it } from 'vitest';
import { defaultRebuildPatterns, type TriggerOptions } from './triggers.ts';

function patternsOf(dockerfile: string, options: Partial<TriggerOptions> = {}): readonly string[] {
  const directories = ['.', 'src', 'deps'];
  return defaultRebuildPatterns({
    dockerfile,
    contextDir: '.',
    dockerfilePath: 'Dockerfile',
    isDirectory: (path) => directories.includes(path),
    ...options,
  });
}

/** Those of the paths that would cause a rebuild. */
function triggering(
  dockerfile: string,
  paths: readonly string[],
  options: Partial<TriggerOptions> = {},
): string[] {
  return micromatch([...paths], [...patternsOf(dockerfile, options)], { dot: true });
}

describe('defaultRebuildPatterns', () => {
  it('always rebuilds for the Dockerfile and its ignore files', () => {
    expect(patternsOf('FROM scratch')).toEqual(['Dockerfile', 'Dockerfile.dockerignore', '.dockerignore']);
  });

  it.each<[title: string, dockerfile: string, paths: string[], expected: string[]]>([
    [
      'rebuilds for a file that is copied before a RUN',
      'FROM python\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY src src',
      ['requirements.txt', 'src/app.py'],
      ['requirements.txt'],
    ],
    [
      'leaves files to the sync that are copied after the last RUN',
      'FROM python\nRUN true\nCOPY main.py ./',
      ['main.py'],
      [],
    ],
    [
      'counts only the dependency lists of a directory that a RUN reads',
      'FROM node\nCOPY . .\nRUN npm ci',
      ['package.json', 'package-lock.json', 'src/package.json', 'src/index.js', 'README.md'],
      ['package.json', 'package-lock.json', 'src/package.json'],
    ],
    [
      'follows a stage into the stages that continue it',
      'FROM python AS base\nCOPY requirements.txt ./\nFROM base AS dev\nRUN pip install -r requirements.txt',
      ['requirements.txt'],
      ['requirements.txt'],
    ],
    [
      'follows files that are copied from one stage to another and read there',
      'FROM python AS lists\nCOPY a.txt /\nFROM python\nCOPY --from=lists /a.txt .\nRUN cat a.txt',
      ['a.txt'],
      ['a.txt'],
    ],
    [
      'does not take a copy out of another stage for files of the context',
      'FROM python AS lists\nFROM python\nCOPY --from=lists b.txt .\nRUN cat b.txt',
      ['b.txt'],
      [],
    ],
    [
      'reads the JSON form of COPY',
      'FROM python\nCOPY ["my list.txt", "/x/"]\nRUN true',
      ['my list.txt', '/x/'],
      ['my list.txt'],
    ],
    [
      'rebuilds for files that are bound into a RUN',
      'FROM python\nRUN --mount=type=bind,source=uv.lock,target=/uv.lock uv sync',
      ['uv.lock', 'main.py'],
      ['uv.lock'],
    ],
    [
      'keeps the globs of a source',
      'FROM python\nCOPY requirements*.txt ./\nRUN true',
      ['requirements.txt', 'requirements-dev.txt', 'x.txt'],
      ['requirements.txt', 'requirements-dev.txt'],
    ],
    [
      'fills in variables by their defaults and takes an unknown one for anything',
      `ARG LIST=a\nFROM python\nCOPY \${LIST}.txt $OTHER.cfg ./\nRUN true`,
      ['a.txt', 'b.txt', 'any.cfg'],
      ['a.txt', 'any.cfg'],
    ],
    [
      'ignores what ADD fetches and what a here-document holds',
      'FROM python\nADD https://example.org/x.txt /x.txt\nCOPY <<EOF /y.txt\nhi\nEOF\nRUN true',
      ['x.txt', 'y.txt', 'EOF'],
      [],
    ],
  ])('%s', (_, dockerfile, paths, expected) => {
    expect(triggering(dockerfile, paths)).toEqual(expected);
  });

  it('looks only at the stages that the target is made of', () => {
    const dockerfile =
      'FROM python AS tools\nCOPY tools.txt .\nRUN true\nFROM python AS app\nCOPY app.txt .\nRUN true';
    const paths = ['tools.txt', 'app.txt'];
    expect(triggering(dockerfile, paths, { target: 'tools' })).toEqual(['tools.txt']);
    expect(triggering(dockerfile, paths, { target: 'APP' })).toEqual(['app.txt']);
    expect(triggering(dockerfile, paths)).toEqual(['app.txt']);
  });

  it('prefers given build arguments over defaults', () => {
    const dockerfile = `FROM python\nARG LIST=a\nCOPY \${LIST}.txt .\nRUN true`;
    expect(triggering(dockerfile, ['a.txt', 'b.txt'], { args: { LIST: 'b' } })).toEqual(['b.txt']);
  });

  it('names everything relative to the project when the context is a folder of it', () => {
    const dockerfile = 'FROM python\nCOPY ./requirements.txt /app/\nCOPY src/ /app/src\nRUN true';
    const options = { contextDir: 'services/[a]', dockerfilePath: 'docker/app.Dockerfile' };
    const paths = [
      'docker/app.Dockerfile',
      'services/[a]/.dockerignore',
      'services/[a]/requirements.txt',
      'services/[a]/src/go.mod',
      'services/[a]/src/main.go',
      'requirements.txt',
    ];
    expect(triggering(dockerfile, paths, options)).toEqual(paths.slice(0, 4));
  });

  it('finds no trigger in a Dockerfile that does not parse', () => {
    expect(patternsOf('COPY a b\nFOO\n"')).toHaveLength(3);
  });
});

describe('what is copied and not synced', () => {
  const seen = (dockerfile: string, paths: readonly string[], mapped: readonly string[]) =>
    triggering(dockerfile, paths, { mapped });

  it.each<[title: string, dockerfile: string, paths: string[], mapped: string[], expected: string[]]>([
    ['a file', 'FROM x\nCOPY app.ini src/run.sh /etc/', ['app.ini', 'src/run.sh'], ['src'], ['app.ini']],
    ['a folder', 'FROM x\nCOPY deps /deps', ['deps/a/b', 'src/a'], ['src'], ['deps/a/b']],
    ['a glob', 'FROM x\nCOPY *.ini /etc/', ['app.ini', 'app.txt'], ['src'], ['app.ini']],
  ])('%s rebuilds', (_, dockerfile, paths, mapped, expected) => {
    expect(seen(dockerfile, paths, mapped)).toEqual(expected);
  });

  it.each<[title: string, dockerfile: string, paths: string[], mapped: string[]]>([
    ['the whole context', 'FROM x\nCOPY . /app', ['README.md'], ['src']],
    ['a folder that is synced in part', 'FROM x\nCOPY src /src', ['src/a'], ['src/app']],
    ['a glob in a folder that is synced', 'FROM x\nCOPY src/*.py /src/', ['src/a.py'], ['.']],
    ['what another stage copies', 'FROM x AS a\nCOPY app.ini /\nFROM x', ['app.ini'], ['src']],
  ])('%s does not', (_, dockerfile, paths, mapped) => {
    expect(seen(dockerfile, paths, mapped)).toEqual([]);
  });
});
