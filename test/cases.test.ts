import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { cases } from './cases.ts';

const repository = path.resolve(import.meta.dirname, '..');

function testFiles(): readonly string[] {
  return ['src', 'sidecar', 'test'].flatMap((folder) =>
    readdirSync(path.join(repository, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.test\.tsx?$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name)),
  );
}

/** The title of `it('…')`, `test.each(…)('…')`, `describe('…')` and their like. */
function titleOf(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const [title] = node.arguments;
  let called: ts.Expression = node.expression;
  while (ts.isPropertyAccessExpression(called) || ts.isCallExpression(called)) called = called.expression;
  const isTest = ts.isIdentifier(called) && ['it', 'test', 'describe'].includes(called.text);
  if (!isTest || title === undefined) return undefined;
  return ts.isStringLiteralLike(title) || ts.isTemplateExpression(title) ? title.getText() : undefined;
}

const code = /\b[ABFMPRSWX]\d+\b/g;

function titlesIn(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  if (text.search(code) === -1) return [];
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    const title = titleOf(node);
    if (title !== undefined) titles.push(title);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return titles;
}

it('every case is named by the title of a test', () => {
  const titles = testFiles().flatMap(titlesIn);
  const named = new Set(titles.flatMap((title) => title.match(code) ?? []));
  const missing = Object.entries(cases).filter(([code]) => !named.has(code));
  expect(missing.map(([code, what]) => `${code}: ${what}`)).toEqual([]);
});
