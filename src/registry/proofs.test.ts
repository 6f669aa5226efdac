import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createProofs } from './proofs.ts';

it('remembers what was seen once, and nothing else', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'kdev-proofs-'));
  const proofs = createProofs(path.join(dir, 'below'));
  expect(await proofs.has(['cluster', 'registry'])).toBe(false);
  await proofs.keep(['cluster', 'registry']);
  expect(await createProofs(path.join(dir, 'below')).has(['cluster', 'registry'])).toBe(true);
  expect(await proofs.has(['cluster', 'another'])).toBe(false);
  expect(await proofs.has(['another', 'registry'])).toBe(false);
  await rm(dir, { recursive: true });
});
