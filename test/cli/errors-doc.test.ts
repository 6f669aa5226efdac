import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from './kdev-command.ts';

interface Source {
  readonly file: string;
  readonly text: string;
}

function sourcesIn(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(repository, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => ({ file: path.relative(repository, file), text: readFileSync(file, 'utf8') })),
  );
}

/** What kdev is made of, tests left out. */
function sources(): readonly Source[] {
  return sourcesIn('src', 'sidecar').filter(({ file }) => !file.includes('.test.'));
}

function tests(): readonly Source[] {
  return sourcesIn('src', 'sidecar', 'test').filter(({ file }) => file.includes('.test.'));
}

/** Every code that a source gives to an error or a problem, with the first file that does. */
function codesInSources(): ReadonlyMap<string, string> {
  const codes = new Map<string, string>();
  for (const { file, text } of sources()) {
    for (const [, expression = ''] of text.matchAll(/\bcode: ([^,;{}\n]*'[^,;{}\n]*)/g)) {
      // What is compared with is no code; a type's list of codes is met where they are thrown.
      const values = expression.replaceAll(/===? '[^']*'/g, '').split('|')[0] ?? '';
      for (const [, code = ''] of values.matchAll(/'([a-z]+(?:-[a-z0-9]+)*)'/g)) {
        if (!notCodes.has(code) && !codes.has(code)) codes.set(code, file);
      }
    }
  }
  return codes;
}

/** `resolved` marks the end of a problem; `code` is a key. */
const notCodes: ReadonlySet<string> = new Set(['resolved', 'code']);

function headings(): readonly string[] {
  const text = readFileSync(path.join(repository, 'docs', 'errors.md'), 'utf8');
  return [...text.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading ?? '');
}

it('every code is provoked by a test, which names it', () => {
  const all = tests()
    .map(({ text }) => text)
    .join('\n');
  const codes = new Set([...codesInSources().keys(), ...headings()]);
  const named = (code: string): boolean => new RegExp(`['"\`(]${code}(?![\\w-])`).test(all);
  expect([...codes].filter((code) => !named(code)).sort()).toEqual([]);
});

describe('docs/errors.md', () => {
  it('has a heading for every code', () => {
    const known = new Set(headings());
    const missing = [...codesInSources()].filter(([code]) => !known.has(code));
    expect(missing.map(([code, file]) => `${code} (${file})`)).toEqual([]);
  });

  it('has no heading for a code that is gone', () => {
    const all = sources()
      .map(({ text }) => text)
      .join('\n');
    expect(headings().filter((heading) => !all.includes(`'${heading}'`))).toEqual([]);
  });

  it('has each heading once, in the order of the alphabet within its part', () => {
    const text = readFileSync(path.join(repository, 'docs', 'errors.md'), 'utf8');
    for (const part of text.split(/^## /m).slice(1)) {
      const found = [...part.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading ?? '');
      expect(found).toEqual([...new Set(found)].sort());
    }
    expect(new Set(headings()).size).toBe(headings().length);
  });
});
