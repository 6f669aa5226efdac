import { describe, expect, it } from 'vitest';
import { readContextRules } from './context-rules.ts';

describe('readContextRules', () => {
  it.each<[ignoreFile: string, path: string, excluded: boolean]>([
    ['', 'a', false],
    ['*.log', 'a.log', true],
    ['*.log', 'dir/a.log', false],
    ['**/*.log', 'dir/a.log', true],
    ['dir', 'dir/below/a', true],
    ['*\n!src', 'src/app.py', false],
    ['*\n!src', 'other/app.py', true],
    ['*\n!src\n**/__pycache__', 'src/__pycache__/a.pyc', true],
    ['# dir', 'dir', false],
    ['Dir', 'dir', false],
    ['!a\na', 'a', true],
  ])('with %j, %s is excluded: %s', (ignoreFile, path, excluded) => {
    expect(readContextRules(ignoreFile).excludes(path)).toBe(excluded);
  });

  it.each<[ignoreFile: string, directory: string, skipped: boolean]>([
    ['node_modules', 'node_modules', true],
    ['*\n!src/app', 'src', false],
    ['*\n!src/app', 'docs', true],
    ['*\n!src/app', 'src/other', true],
    ['*\n!**/keep', 'anything/below', false],
    ['*\n!*/keep', 'anything', false],
    ['*\n!src', 'src/deep/down', false],
    ['', 'src', false],
  ])('with %j, the walk skips %s: %s', (ignoreFile, directory, skipped) => {
    expect(readContextRules(ignoreFile).excludesAllBelow(directory)).toBe(skipped);
  });
});
