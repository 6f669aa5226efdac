import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { projectRoot } from '../kdev-process.ts';
import { ExampleFiles } from './example-files.ts';
import { steps } from './steps.ts';

const example = path.join(projectRoot(), 'examples', 'e2e-k8s-demo');
let files: ExampleFiles;

beforeEach(async () => {
  files = await ExampleFiles.copyOf(example);
});

afterEach(() => files.discard());

test('every edit finds its place in the example, one after the other', async () => {
  for (const step of steps) {
    files.mark();
    await step.edit(files);
    expect(files.saved, step.title).not.toEqual([]);
  }
  const code = await files.read('e2e_k8s/demo.py');
  expect(code).toContain('return a * b\n');
  expect(code).toContain('"roman": roman.toRoman(add(a, b))');
  expect(await files.read('requirements.txt')).toMatch(/\nroman==\S+\n$/);
}, 120_000);

test('the two saves of the product leave the size and the second as they were', async () => {
  const product = steps.find((step) => step.title.includes('product'));
  const before = await files.stampOf('e2e_k8s/demo.py');
  files.mark();
  await product?.edit(files);
  const after = await files.stampOf('e2e_k8s/demo.py');
  expect(after.size).toBe(before.size);
  expect(files.saved).toEqual(['e2e_k8s/demo.py']);
  expect(await files.read('e2e_k8s/demo.py')).toContain('return a * b\n');
}, 120_000);

test('an edit whose place is not there fails and says so', async () => {
  const lost = files.replace('e2e_k8s/demo.py', ['no such line', 'another']);
  await expect(lost).rejects.toThrow('e2e_k8s/demo.py has not exactly one "no such line"');
});

test('the example itself is never touched', async () => {
  await files.write('e2e_k8s/demo.py', 'raise SystemExit\n');
  expect(files.root.startsWith(example)).toBe(false);
  await files.discard();
  await expect(files.read('e2e_k8s/demo.py')).rejects.toThrow('ENOENT');
});
