import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readElf } from './elf.ts';

describe('readElf', () => {
  it('tells the libraries and the loader of a dynamic program', async () => {
    const facts = readElf(await readFile(process.execPath));
    expect(facts?.needed).toContain('libc.so.6');
    expect(facts?.interpreter).toMatch(/^\/lib.*\/ld-linux-/);
    expect(facts?.architecture).toBe(process.arch === 'x64' ? 'amd64' : process.arch);
  });

  it.each([
    ['a script', Buffer.from(`#!/bin/sh\n${' '.repeat(100)}`)],
    ['an empty file', Buffer.alloc(0)],
    ['a 32-bit program', Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1]), Buffer.alloc(100)])],
  ])('says nothing of %s', (_, bytes) => {
    expect(readElf(bytes)).toBeUndefined();
  });
});
