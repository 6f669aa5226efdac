import { expect, it } from 'vitest';
import { parsePushed } from './box-storage.ts';

it('reads when each manifest was pushed, whatever a repository is called', () => {
  const hex = 'a'.repeat(64);
  const text = [
    `1795286567.1250000000 kdev/shop-web/_manifests/revisions/sha256/${hex}/link`,
    `1795286567.0000000000 team/kdev/a/_manifests/revisions/sha256/${hex}/link`,
    '',
  ].join('\n');
  expect([...parsePushed(text)]).toEqual([
    [`kdev/shop-web@sha256:${hex}`, 1_795_286_567_125],
    [`team/kdev/a@sha256:${hex}`, 1_795_286_567_000],
  ]);
});

it('has nothing to tell of an empty registry', () => {
  expect(parsePushed('').size).toBe(0);
});
