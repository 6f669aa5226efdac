import { describe, expect, it } from 'vitest';
import type { RelPath } from './change.ts';
import { compileRules, movePath } from './rules.ts';
import type { Mapping } from './service.ts';

const mapping = (from: string, to: string, mirror = false): Mapping => ({ from, to, ignore: [], mirror });
const rules = (mappings: readonly Mapping[]) =>
  compileRules({ mappings, restart: ['src/**/*.py', '.env'], rebuild: ['requirements*.txt'] });
const path = (text: string) => text as RelPath;

describe('movePath', () => {
  it.each([
    ['a/b/c', 'a', '/x', '/x/b/c'],
    ['a', 'a', '/x', '/x'],
    ['ab/c', 'a', '/x', undefined],
    ['a/b', '.', '/x', '/x/a/b'],
    ['.', '.', '/x', '/x'],
    ['a/b', 'a', '/', '/b'],
    ['/x/b', '/x', '.', 'b'],
    ['/x', '/x', '.', '.'],
    ['/b', '/', 'a', 'a/b'],
  ])('moves %s from %s to %s: %s', (from, root, to, expected) => {
    expect(movePath(from, root, to)).toBe(expected);
  });
});

describe('compileRules', () => {
  it('gives a path of no mapping no container path', () => {
    expect(rules([mapping('src', '/app')]).containerPaths(path('docs/a.md'), 'file')).toEqual([]);
  });

  it('puts one local file in every place that a mapping gives it', () => {
    const two = rules([mapping('shared', '/a'), mapping('shared', '/b')]);
    expect(two.containerPaths(path('shared/x'), 'file')).toEqual(['/b/x', '/a/x']);
  });

  it('lets the later mapping win a container path (F15)', () => {
    const overlay = rules([mapping('src', '/app'), mapping('override', '/app')]);
    expect(overlay.sources('/app/x').map((source) => source.path)).toEqual(['override/x', 'src/x']);
  });

  it('gives no place to a path that the mapping ignores', () => {
    const covers = (_mapping: Mapping, at: string) => !at.endsWith('.log');
    const some = compileRules({ mappings: [mapping('src', '/app')], restart: [], rebuild: [] }, covers);
    expect(some.containerPaths(path('src/a.log'), 'file')).toEqual([]);
    expect(some.containerPaths(path('src/a.py'), 'file')).toEqual(['/app/a.py']);
  });

  it('maps a single file (F16)', () => {
    expect(
      rules([mapping('conf/app.ini', '/etc/app.ini')]).containerPaths(path('conf/app.ini'), 'file'),
    ).toEqual(['/etc/app.ini']);
  });

  it('names the pattern that restarts or rebuilds, and matches dot files', () => {
    const { restartPattern, rebuildPattern } = rules([]);
    expect(restartPattern(path('src/deep/x.py'))).toBe('src/**/*.py');
    expect(restartPattern(path('.env'))).toBe('.env');
    expect(restartPattern(path('src/x.jinja2'))).toBeUndefined();
    expect(rebuildPattern(path('requirements-dev.txt'))).toBe('requirements*.txt');
    expect(rebuildPattern(path('src/requirements.txt'))).toBeUndefined();
  });

  it('takes mirroring from the mapping that wins', () => {
    const both = rules([mapping('src', '/app', true), mapping('src/keep', '/app/keep')]);
    expect(both.isMirrored('/app/x')).toBe(true);
    expect(both.isMirrored('/app/keep/x')).toBe(false);
    expect(both.isMirrored('/etc/x')).toBe(false);
  });
});
