import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DigestCache } from './digest-cache.ts';
import { readEntry } from './read-entry.ts';
import { scanTree } from './scan.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kdev-tree-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: string | Buffer, mode?: number): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode });
}
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

describe('a scan', () => {
  it('has every path with its entry, parents before children', async () => {
    write('a/b/file', 'content');
    write('run.sh', 'echo', 0o755);
    write('empty', '');
    mkdirSync(join(root, 'dir'));
    symlinkSync('a/b/file', join(root, 'link'));
    const { paths, skipped } = await scanTree({ root });
    expect(skipped).toEqual([]);
    expect(paths.get('a/b/file')).toMatchObject({
      entry: { type: 'file', size: 7, exec: false, digest: sha256('content') },
      mode: 0o644,
    });
    expect(paths.get('run.sh')?.entry).toMatchObject({ exec: true });
    expect(paths.get('empty')?.entry).toMatchObject({ size: 0, digest: sha256('') });
    expect(paths.get('link')?.entry).toEqual({ type: 'link', target: 'a/b/file' });
    const order = [...paths.keys()];
    expect(order[0]).toBe('.');
    for (const path of order.filter((path) => path.includes('/'))) {
      expect(order.indexOf(path)).toBeGreaterThan(order.indexOf(dirname(path)));
    }
  });

  it('reads large files whole', async () => {
    const large = Buffer.alloc(5 * 1024 * 1024 + 3, 'kdev');
    write('large', large);
    const { paths } = await scanTree({ root });
    expect(paths.get('large')?.entry).toEqual({
      type: 'file',
      size: large.length,
      exec: false,
      digest: sha256(large),
    });
  });

  it('never asks for what is below an ignored directory', async () => {
    write('keep/x', '1');
    write('node_modules/deep/y', '2');
    const asked: string[] = [];
    const { paths } = await scanTree({
      root,
      ignored: (path, isDirectory) => {
        asked.push(path);
        return isDirectory && path === 'node_modules';
      },
    });
    expect([...paths.keys()].sort()).toEqual(['.', 'keep', 'keep/x']);
    expect(asked).not.toContain('node_modules/deep');
  });

  it('F14 skips sockets and fifos and says so', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect((await scanTree({ root })).skipped).toEqual([
      { path: 'pipe', why: { type: 'special', what: 'fifo' } },
    ]);
  });

  it('F16 of a single file is a tree of one path, and of nothing an empty one', async () => {
    write('file', 'x');
    expect([...(await scanTree({ root: join(root, 'file') })).paths]).toMatchObject([
      ['.', { entry: { type: 'file' } }],
    ]);
    expect((await scanTree({ root: join(root, 'none') })).paths.size).toBe(0);
  });

  it('rejects as soon as its signal says so', async () => {
    write('a', '1');
    const reason = new Error('enough');
    await expect(scanTree({ root, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('digests that are kept', () => {
  const keep = () => join(root, '..', `${root.slice(root.lastIndexOf('/') + 1)}.digests`);
  afterEach(() => rmSync(keep(), { force: true }));

  it('spare reading what did not change, and nothing else', async () => {
    write('old\nname', 'content');
    write('other', 'content');
    const first = await scanTree({ root });
    const settled = [...first.paths].map(([path, observed]) => [path, { ...observed, racy: false }] as const);
    DigestCache.save(keep(), settled);
    const cache = DigestCache.load(keep());
    expect(cache.size).toBe(2);
    write('other', 'CONTENT');
    utimesSync(join(root, 'other'), 1, 1);
    const asked: string[] = [];
    const digests = {
      find: (path: string, stamp: Parameters<DigestCache['find']>[1]) => {
        const digest = cache.find(path, stamp);
        if (digest !== undefined) asked.push(path);
        return digest;
      },
    };
    const second = await scanTree({ root, digests });
    expect(asked).toEqual(['old\nname']);
    expect(second.paths.get('other')?.entry).toMatchObject({ digest: sha256('CONTENT') });
    expect(second.paths.get('old\nname')?.entry).toEqual(first.paths.get('old\nname')?.entry);
  });

  it('leave out a file that may change within the same tick of the clock', async () => {
    write('just-written', 'x');
    const { paths } = await scanTree({ root });
    expect(paths.get('just-written')?.racy).toBe(true);
    DigestCache.save(keep(), paths);
    expect(DigestCache.load(keep()).size).toBe(0);
  });

  it.each(['', 'kdev digests 1\ncut', 'kdev digests 2\n0 entries', '\0\0\0'])(
    'are none when the file says %j',
    (text) => {
      writeFileSync(keep(), text);
      expect(DigestCache.load(keep()).size).toBe(0);
    },
  );
});

describe('reading one entry', () => {
  it.each([
    ['missing', { type: 'missing' }],
    ['file/below-a-file', { type: 'missing' }],
  ])('of %s says that it is not there', async (path, expected) => {
    write('file', 'x');
    expect(await readEntry(join(root, path))).toEqual(expected);
  });

  it('of a file says content, mode and stamp that belong together', async () => {
    write('file', 'x', 0o640);
    expect(await readEntry(join(root, 'file'))).toMatchObject({
      type: 'entry',
      observed: { entry: { digest: sha256('x') }, mode: 0o640, stamp: { size: 1 } },
    });
  });
});
