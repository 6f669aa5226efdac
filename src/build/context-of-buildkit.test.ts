import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheRoot } from '../artifacts/cache-root.ts';
import { goProgram } from '../artifacts/go-program.ts';
import { provideArtifact } from '../artifacts/provide-artifact.ts';
import { silentReporter } from '../core/reporter.ts';
import { readContext } from './context.ts';
import { ContextDigests } from './context-digests.ts';

// What kdev takes into a context against what BuildKit's own packages (patternmatcher, fsutil) take, on one real tree.

const files = [
  ...['a', 'b.log', 'Dockerfile', 'docs/a.md', 'docs/README.md', 'docs/deep/er/a.md', 'src/a.py', 'src/b.py'],
  ...[
    'src/app/a.py',
    'src/app/b.log',
    'src/app/__pycache__/a.pyc',
    'src/other/a.py',
    'src.d/a',
    '.env',
    '.git/HEAD',
  ],
  ...[
    '.git/a/b',
    'node_modules/a/index.js',
    'node_modules/.bin/a',
    'app/node_modules/a/b.js',
    '#a',
    '!a',
    'a b/c d',
  ],
  ...['[a]/b', 'x^y', 'xfoo', 'foo/xfoo', 'foobar/b', 'deep/a/b/c/d/e', 'deep/a/b/f', 'é/a', 'A/B'],
];
const names = [...new Set(files.flatMap((file) => file.split('/')))];

let dir: string;
let buildkit: ChildProcess;
let answers: AsyncIterator<string>;
const digests = new ContextDigests();

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'kdev-context-'));
  for (const file of files) {
    await mkdir(path.dirname(path.join(dir, 'context', file)), { recursive: true });
    await writeFile(path.join(dir, 'context', file), '');
  }
  await mkdir(path.join(dir, 'context/empty/dir'), { recursive: true });
  await symlink('src/app', path.join(dir, 'context/link'));
  await writeFile(path.join(dir, 'Dockerfile'), '');
  const moduleDir = path.resolve(import.meta.dirname, '../../test/build/buildkit-context');
  const recipe = await goProgram({ name: 'buildkit-context', moduleDir, announce: '' });
  const folder = await provideArtifact(recipe, {
    cacheDir: cacheRoot(process.env),
    reporter: silentReporter,
  });
  buildkit = spawn(path.join(folder, 'buildkit-context'), { stdio: ['pipe', 'pipe', 'inherit'] });
  answers = createInterface({ input: buildkit.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
}, 600_000);
afterAll(async () => {
  buildkit.stdin?.end();
  await rm(dir, { recursive: true, force: true });
});

type Chosen = readonly string[] | 'refused';

async function chosenByBuildkit(ignoreFile: string): Promise<Chosen> {
  buildkit.stdin?.write(`${JSON.stringify({ dir: path.join(dir, 'context'), ignoreFile })}\n`);
  const { value } = await answers.next();
  const answer = JSON.parse(value) as readonly string[] | { readonly error: string };
  return 'error' in answer ? 'refused' : [...answer].sort();
}

async function chosenByKdev(ignoreFile: string): Promise<Chosen> {
  await writeFile(path.join(dir, 'Dockerfile.dockerignore'), ignoreFile);
  try {
    const build = { dockerfile: 'Dockerfile', context: 'context' };
    const context = await readContext({ projectRoot: dir, build, digests });
    return context.entries.map((each) => each.path).sort();
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'ignore-file-invalid') return 'refused';
    throw error;
  }
}

describe('the files of a context', () => {
  it.each([
    '',
    '# src\n #a\n\\#a\n\\!a',
    '\ufeff# docs\nsrc',
    '\ufeffsrc',
    'src\r\ndocs\r\n',
    '  src  \n\tdocs\t',
    '/src\n//docs/',
    'src/\ndocs/',
    './src\ndocs/../a',
    '../src',
    '/',
    '.',
    '*',
    '**',
    '*\n!src',
    '*\n!src/app',
    '*\n!src/app/*.py',
    '*\n!*/app',
    '*\n!**/a.py',
    '**\n!src/app/a.py',
    'src\n!src/app\nsrc/app/__pycache__',
    'src/*\n!src/app\n**/*.log',
    'deep\n!deep/a/b/c\ndeep/a/b/c/d',
    'deep/a/b\n!deep\n!deep/a',
    '!src\nsrc',
    '**/node_modules',
    '**/node_modules/\n!app/node_modules/a',
    '**/a',
    '**a',
    '**foo',
    'foo**',
    'foo/**',
    'src/**/a.py',
    'src/**/**/a.py',
    '***',
    '**/*.log\n**/*.py[cod]',
    '*.md\n!docs/README.md',
    '**/*.md\n!docs/README.md',
    '?',
    '[a]',
    '\\[a\\]',
    '[[]a]',
    '[!a]',
    '[^a]',
    '[a-c]',
    'x^y',
    'x^*',
    '[*]',
    'a\\ b',
    'a b',
    'é',
    '\\é',
    'a.b$|(x)+{1}',
    'link',
    'link/a.py',
    '!',
    '! src',
    '*\n! src ',
    '!/',
    '!.',
    '[',
    '[]',
    '[]a]',
    'a\\',
    '[a-]',
    '[-a]',
    'src/[',
    '[\\b/[!a]*/',
    '[\\A]*',
    '[\\d]*',
    '![.\\A/]*\\',
  ])('are those that BuildKit takes, with %j', async (ignoreFile) => {
    expect(await chosenByKdev(ignoreFile)).toEqual(await chosenByBuildkit(ignoreFile));
  });

  it('are those that BuildKit takes, with any ignore file', async () => {
    const piece = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...names) },
      { weight: 4, arbitrary: fc.constantFrom('*', '**', '*.py', '*.log', '?', '.*', '*a*', 'a*') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('.', '..', '', '[a-z]*', '[^.]*', '[!a]*', '\\a', '\\*', '**a', 'a**'),
      },
      { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'ab*?[]^!-\\.# '), maxLength: 5 }) },
    );
    const known = fc
      .tuple(fc.constantFrom(...files), fc.nat(4))
      .map(([file, depth]) => file.split('/').slice(0, depth + 1));
    const pattern = fc
      .oneof(known, fc.array(piece, { minLength: 1, maxLength: 4 }))
      .map((parts) => parts.join('/'));
    const line = fc
      .tuple(
        fc.constantFrom('', '', '', '!', '!', '/', '!/', '#', ' '),
        pattern,
        fc.constantFrom('', '', '', '/', ' ', '\r'),
      )
      .map((parts) => parts.join(''));
    const ignoreFile = fc
      .tuple(fc.constantFrom('', '', '', '\ufeff'), fc.array(line, { maxLength: 6 }))
      .map(([mark, lines]) => mark + lines.join('\n'));
    await fc.assert(
      fc.asyncProperty(ignoreFile, async (text) => {
        expect(await chosenByKdev(text)).toEqual(await chosenByBuildkit(text));
      }),
      { numRuns: 1500 },
    );
  }, 120_000);
});
