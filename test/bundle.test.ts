import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const dist = path.resolve(import.meta.dirname, '..', 'dist');

/** A program's files: whatever it may load, by how it names it. */
function partsOf(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  // As esbuild writes an import of another part of the bundle, from a program or from another part.
  for (const [, part = ''] of readFileSync(file, 'utf8').matchAll(
    /"(\.\/(?:parts\/)?[\w-]+-[A-Z0-9]{8}\.js)"/g,
  ))
    partsOf(path.resolve(path.dirname(file), part), found);
  return found;
}

it('nothing that kdev loads is large: its source stays in memory', () => {
  const parts = [...partsOf(path.join(dist, 'kdev.js'))];
  expect(parts.length).toBeGreaterThan(20);
  const large = parts.filter((part) => statSync(part).size > 1_500_000);
  expect(large.map((part) => path.basename(part))).toEqual([]);
});
