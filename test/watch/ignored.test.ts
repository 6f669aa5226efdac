import { renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { RelPath } from '../../src/core/change.ts';
import { WatchedTree, writeFiles } from './watched-tree.ts';

let tree: WatchedTree;
afterEach(() => tree.stop());

const paths = () => [...tree.watcher.entries('.' as RelPath)].map(([path]) => path as string).sort();

describe('what is left out', () => {
  it('W7 never watches an ignored directory that is made later, but a negated child', async () => {
    tree = await WatchedTree.start(
      { a: '' },
      { scopes: [{ from: '.', ignore: ['build/*', '!build/keep', 'cache/'] }] },
    );
    writeFiles(tree.root, { 'build/keep/x': '1', 'build/drop/y': '2', 'cache/z': '3', 'sub/cache/z': '4' });
    await tree.converged((path) => /(^|\/)cache$|^build\/drop$/.test(path));
    expect(paths()).toEqual(['.', 'a', 'build', 'build/keep', 'build/keep/x', 'sub']);
    writeFiles(tree.root, { 'build/drop/y': 'changed', 'cache/new/deep': 'x', 'build/keep/x': 'changed' });
    await tree.until('keep', () => tree.said('build/keep/x').length === 2);
    expect(tree.changes.some(({ path }) => path.includes('drop') || path.includes('cache'))).toBe(false);
  });

  it('A06 says nothing about deletions and renames below an ignored path', async () => {
    tree = await WatchedTree.start(
      { 'node_modules/a/x': '1', 'node_modules/b': '2', src: '' },
      { scopes: [{ from: '.', ignore: ['node_modules'] }] },
    );
    rmSync(tree.path('node_modules/a'), { recursive: true });
    renameSync(tree.path('node_modules/b'), tree.path('node_modules/c'));
    rmSync(tree.path('node_modules'), { recursive: true });
    writeFileSync(tree.path('src'), 'changed');
    await tree.until('src', () => tree.said('src').length === 1);
    await tree.watcher.rescan();
    expect(tree.changes).toHaveLength(1);
  });

  it('W13 follows .kdevignore while it changes, and does not consult .gitignore', async () => {
    tree = await WatchedTree.start({ '.gitignore': '*.py', 'a.py': '1', 'a.log': '2', 'logs/b.log': '3' });
    expect(paths()).toContain('a.py');
    writeFileSync(tree.path('.kdevignore'), '*.log\n');
    await tree.until('ignored', () => tree.said('logs/b.log').length === 1);
    expect(tree.watcher.covers({ from: '.', ignore: [] }, 'a.log' as RelPath, 'file')).toBe(false);
    expect(paths()).toEqual(['.', '.gitignore', '.kdevignore', 'a.py', 'logs']);
    writeFileSync(tree.path('.kdevignore'), '/logs\n');
    await tree.until('back', () => tree.said('a.log').includes('created file'));
    expect(paths()).toEqual(['.', '.gitignore', '.kdevignore', 'a.log', 'a.py']);
    unlinkSync(tree.path('.kdevignore'));
    await tree.until('all back', () => tree.said('logs/b.log').includes('created file'));
    await tree.converged();
  });

  it('F15 watches the union of overlapping mappings and says which of them a path belongs to', async () => {
    const all = { from: '.', ignore: ['app/static', '*.md'] };
    const docs = { from: 'docs', ignore: [] };
    const statics = { from: 'app/static', ignore: ['*.map'] };
    tree = await WatchedTree.start(
      { 'app/x.py': '', 'app/static/a.css': '', 'app/static/a.map': '', 'docs/a.md': '', 'other/b.md': '' },
      { scopes: [all, docs, statics] },
    );
    expect(paths()).toEqual([
      '.',
      'app',
      'app/static',
      'app/static/a.css',
      'app/x.py',
      'docs',
      'docs/a.md',
      'other',
    ]);
    const covers = (scope: typeof all, path: string) => tree.watcher.covers(scope, path as RelPath, 'file');
    expect(['app/x.py', 'app/static/a.css', 'docs/a.md'].map((path) => covers(all, path))).toEqual([
      true,
      false,
      false,
    ]);
    expect(covers(docs, 'docs/a.md')).toBe(true);
    expect(covers(docs, 'app/x.py')).toBe(false);
    expect(covers(statics, 'app/static/a.css')).toBe(true);
  });
});

describe('what rebuild rules watch beside the mappings', () => {
  it('reports files and globs outside the mappings, and nothing else there', async () => {
    tree = await WatchedTree.start(
      {
        'app/x.py': '',
        Dockerfile: '1',
        'requirements/base.txt': '2',
        'requirements/readme': '3',
        'junk/a': '',
      },
      {
        scopes: [{ from: 'app', ignore: [] }],
        extraFiles: ['Dockerfile', 'requirements/*.txt', '**/package.json'],
      },
    );
    expect(paths()).toEqual(['Dockerfile', 'app', 'app/x.py', 'requirements/base.txt']);
    writeFileSync(tree.path('requirements/dev.txt'), 'new');
    writeFileSync(tree.path('requirements/readme'), 'changed');
    writeFileSync(tree.path('Dockerfile'), 'FROM x');
    writeFiles(tree.root, { 'web/ui/package.json': '{}', 'web/ui/index.js': '' });
    await tree.until('all', () => tree.changes.length === 3);
    expect(tree.changes.map(({ path }) => path as string).sort()).toEqual([
      'Dockerfile',
      'requirements/dev.txt',
      'web/ui/package.json',
    ]);
    expect(tree.watcher.covers({ from: 'app', ignore: [] }, 'Dockerfile' as RelPath, 'file')).toBe(false);
  });

  it('does not search what a mapping ignores for a glob with **, unless the glob names it', async () => {
    const files = { 'node_modules/a/package.json': '', 'vendor/b/package.json': '', 'package.json': '' };
    tree = await WatchedTree.start(files, {
      scopes: [{ from: '.', ignore: ['*'] }],
      extraFiles: ['**/package.json', 'vendor/**/package.json'],
    });
    expect(paths()).toEqual(['.', 'package.json', 'vendor/b/package.json']);
  });
});
