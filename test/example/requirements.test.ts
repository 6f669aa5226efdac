import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../examples/e2e-k8s-demo');

function pins(file: string): Map<string, string> {
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
  const wanted = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    wanted.map((line) => {
      const [, name, version] = /^([A-Za-z0-9._-]+)==(\d[\w.]*)$/.exec(line) ?? [];
      if (name === undefined || version === undefined)
        throw new Error(`${file}: "${line}" is no exact version`);
      return [name.toLowerCase(), version];
    }),
  );
}

test('every requirement has one exact version', () => {
  expect(pins('requirements.txt').size).toBeGreaterThan(0);
  expect(pins('requirements-dev.txt').size).toBeGreaterThan(0);
});

test('the tools and the app agree on what they share, or the dev image could not be built', () => {
  const app = pins('requirements.txt');
  for (const [name, version] of pins('requirements-dev.txt')) {
    expect(app.get(name) ?? version, name).toBe(version);
  }
});
