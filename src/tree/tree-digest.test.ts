import { describe, expect, it } from 'vitest';
import type { TreeEntry } from '../core/entry.ts';
import { TreeDigest } from './tree-digest.ts';

const file = (digest: string): TreeEntry => ({ type: 'file', size: 1, exec: false, digest });

describe('the digest of a set of paths', () => {
  it('does not depend on the order of what was added', () => {
    const one = new TreeDigest();
    const other = new TreeDigest();
    const entries = Array.from({ length: 200 }, (_, n) => [`/p/${n}`, file(`${n}`)] as const);
    for (const [path, entry] of entries) one.add(path, entry);
    for (const [path, entry] of entries.toReversed()) other.add(path, entry);
    expect(one.toString()).toBe(other.toString());
    expect(one.size).toBe(200);
  });

  it('is what it was once everything added is removed, and all zero for nothing', () => {
    const digest = new TreeDigest();
    digest.add('/keep', { type: 'dir' });
    const before = digest.toString();
    for (let n = 0; n < 50; n++) digest.add(`/p/${n}`, file(`${n}`));
    for (let n = 0; n < 50; n++) digest.remove(`/p/${n}`, file(`${n}`));
    expect(digest.toString()).toBe(before);
    digest.remove('/keep', { type: 'dir' });
    expect(digest.toString()).toBe('0'.repeat(64));
  });

  it.each<readonly [string, TreeEntry]>([
    ['content', file('other')],
    ['the exec bit', { type: 'file', size: 1, exec: true, digest: 'd' }],
    ['the type', { type: 'link', target: 'd' }],
  ])('differs by %s', (_what, entry) => {
    const one = new TreeDigest();
    const other = new TreeDigest();
    one.add('/p', file('d'));
    other.add('/p', entry);
    expect(one.toString()).not.toBe(other.toString());
  });
});
