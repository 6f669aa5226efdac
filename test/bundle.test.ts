import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const dist = path.resolve(import.meta.dirname, '..', 'dist');

/** A program's files: whatever it may load, by how it names it. */
function partsOf(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, part = ''] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()["'](\.{1,2}\/[\w./-]+\.js)["']/g)) {
    const next = path.resolve(path.dirname(file), part);
    if (next.startsWith(path.join(dist, 'parts'))) partsOf(next, found);
  }
  return found;
}

it('nothing that kdev loads is large: its source stays in memory', () => {
  const parts = [...partsOf(path.join(dist, 'kdev.js'))];
  expect(parts.length).toBeGreaterThan(20);
  const large = parts.filter((part) => statSync(part).size > 1_500_000);
  expect(large.map((part) => path.basename(part))).toEqual([]);
});
