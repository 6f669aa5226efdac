import { describe, expect, it } from 'vitest';
import { IgnoreRules } from './ignore-rules.ts';

const explain = (
  path: string,
  options: { ignore?: string[]; file?: string; from?: string; dir?: boolean } = {},
) => {
  const { ignore = [], file = '', from = '.', dir = false } = options;
  const reason = new IgnoreRules({ from, ignore }, file).explain(path, dir);
  return reason && `${reason.layer} ${reason.pattern}`;
};

describe('which rule ignores a path', () => {
  it.each<readonly [string, Parameters<typeof explain>[1], string | undefined]>([
    ['src/demo.py', {}, undefined],
    ['.git', { dir: true }, 'git .git'],
    ['sub/.git', {}, 'git .git'],
    ['.gitignore', {}, undefined],
    ['.github/x', {}, undefined],
    ['a.log', { ignore: ['*.log'] }, 'mapping *.log'],
    ['app/a.log', { from: 'app', ignore: ['/a.log'] }, 'mapping /a.log'],
    ['a.log', { file: '# comment\n*.log\n' }, '.kdevignore *.log'],
    ['app/a.log', { from: 'app', file: '/app/*.log' }, '.kdevignore /app/*.log'],
    ['a.log', { ignore: ['!a.log'], file: '*.log' }, undefined],
    ['a.log', { ignore: ['a.log'], file: '!a.log' }, 'mapping a.log'],
    ['x~', {}, 'temporary ~$'],
    ['x~', { ignore: ['!*~'] }, undefined],
    ['old~/deep/x', {}, 'temporary ~$'],
    ['node_modules/deep/x', { ignore: ['node_modules/'] }, 'mapping node_modules/'],
    ['x~', { file: '!x~' }, undefined],
    ['build', { ignore: ['build/'], dir: true }, 'mapping build/'],
    ['build', { ignore: ['build/'] }, undefined],
    ['README.MD', { ignore: ['*.md'] }, undefined],
  ])('%s with %j: %s', (path, options, expected) => {
    expect(explain(path, options)).toBe(expected);
  });

  it('cannot take .git back', () => {
    expect(explain('.git/config', { ignore: ['!.git'], file: '!.git' })).toBe('git .git');
  });
});

describe("editors' temporaries", () => {
  it.each([
    'demo.py~',
    '.demo.py.swp',
    '.demo.py.swx',
    '.swp',
    '4913',
    '.#demo.py',
    '#demo.py#',
    'demo.py___jb_tmp___',
    'demo.py___jb_old___',
    'demo.py.tmp.12345',
    'demo.py.tmp.12345.1700000000',
    'demo.py.tmp-1700000000abcdef',
    '.demo.py.kate-swp',
    '.goutputstream-A1B2C3',
    'demo.py.save',
    '.~lock.table.ods#',
    'demo.py.vsctmp',
  ])('%s never reaches a container', (name) => {
    expect(explain(`src/${name}`)).toMatch(/^temporary /);
  });

  it.each([
    'demo.py',
    'demo.swp',
    '.eslintrc',
    '.env',
    'logo.svg',
    '.swift',
    '#1',
    'c#',
    'C#.md',
    '49130.txt',
    'save.py',
    'x.tmp',
    'template.tmp.html',
    'a.savegame',
    '.lock',
  ])('%s does', (name) => {
    expect(explain(`src/${name}`)).toBeUndefined();
  });
});
