import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStable } from './stable-read.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kdev-read-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const at = (name: string) => join(root, name);

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const piece of pieces) read.push(piece);
  return Buffer.concat(read);
}

async function stream(path: string) {
  const reading = await readStable(path);
  if (reading.type !== 'file' || typeof reading.content !== 'function') throw new Error('expected a stream');
  return { entry: reading.entry, content: reading.content };
}

describe('a stable read', () => {
  it('gives the content of a small file whole', async () => {
    writeFileSync(at('a'), 'content', { mode: 0o600 });
    expect(await readStable(at('a'))).toMatchObject({
      type: 'file',
      entry: { size: 7 },
      mode: 0o600,
      content: Buffer.from('content'),
    });
  });

  it('streams a large file, as often as it is asked for', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024, 'x');
    writeFileSync(at('large'), large);
    const { content } = await stream(at('large'));
    for (let time = 0; time < 2; time++) expect(large.equals(await readAll(content()))).toBe(true);
  });

  it.each<readonly [string, (path: string) => void]>([
    ['grows', (path) => appendFileSync(path, 'more')],
    ['shrinks', (path) => writeFileSync(path, 'less')],
    ['changes without growing', (path) => writeFileSync(path, Buffer.alloc(2 * 1024 * 1024, 'y'))],
    ['vanishes', (path) => rmSync(path)],
    [
      'becomes a link',
      (path) => {
        symlinkSync('/etc/hostname', `${path}.new`);
        renameSync(`${path}.new`, path);
      },
    ],
  ])('A40 F13 ends the stream with an error when the file %s meanwhile', async (_how, change) => {
    writeFileSync(at('large'), Buffer.alloc(2 * 1024 * 1024, 'x'));
    const { content } = await stream(at('large'));
    change(at('large'));
    await expect(readAll(content())).rejects.toMatchObject({ code: 'file-changed' });
  });

  it('says that a path is gone when it is missing, a directory or a link', async () => {
    symlinkSync('nowhere', at('link'));
    for (const path of [at('missing'), at('link'), root])
      expect(await readStable(path)).toEqual({ type: 'gone' });
  });
});
