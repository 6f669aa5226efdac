import { mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDir } from '../../test/temporary-dir.ts';
import { choosePaths } from './choose-paths.ts';
import { parseListing } from './listed-file.ts';
import { type PulledFile, pullFiles } from './pull-files.ts';
import { openPullMemory } from './pull-memory.ts';

let temporary: Awaited<ReturnType<typeof temporaryDir>>;
let root: string;
beforeEach(async () => {
  temporary = await temporaryDir('kdev-pull-');
  root = path.join(temporary.path, 'project');
  await mkdir(root);
});
afterEach(() => temporary.remove());

type Member = Partial<Header> & { readonly name: string; readonly content?: string };

async function archiveOf(members: readonly Member[]): Promise<Buffer> {
  const packed = pack();
  for (const { content = '', ...header } of members) {
    packed.entry({ ...header, size: Buffer.byteLength(content) }, content);
  }
  packed.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packed) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Pulls an archive in which every member stands for a wanted path below /app. */
async function pull(
  archive: Buffer | readonly Member[],
  options: { readonly wanted?: readonly string[]; readonly force?: boolean; readonly dryRun?: boolean } = {},
): Promise<readonly PulledFile[]> {
  const bytes = Buffer.isBuffer(archive) ? archive : await archiveOf(archive);
  const names = options.wanted ?? (Buffer.isBuffer(archive) ? [] : archive.map(({ name }) => name));
  const files: PulledFile[] = [];
  await pullFiles({
    root,
    archive: Readable.from([bytes]),
    wanted: names.map((name) => ({ containerPath: name, localPath: name.replace('/app/', ''), size: 0 })),
    memory: await openPullMemory(path.join(temporary.path, 'state', 'pulls.json')),
    force: options.force ?? false,
    dryRun: options.dryRun ?? false,
    onFile: (file) => files.push(file),
  });
  return files;
}

const text = (file: string) => readFile(path.join(root, file), 'utf8');

describe('a pull', () => {
  it('brings files that are not here, with their folders and the exec bit, and links that stay inside', async () => {
    const files = await pull([
      { name: '/app/gen/a.txt', content: 'one' },
      { name: '/app/run.sh', content: '#!/bin/sh', mode: 0o755 },
      { name: '/app/gen/b', type: 'symlink', linkname: '../run.sh' },
    ]);
    expect(files.map(({ state }) => state)).toEqual(['new', 'new', 'new']);
    expect(await text('gen/a.txt')).toBe('one');
    expect(await readlink(path.join(root, 'gen/b'))).toBe('../run.sh');
  });

  it('writes over what an earlier pull wrote, as long as nobody edited it here', async () => {
    await pull([{ name: '/app/lock', content: 'one' }]);
    expect(await pull([{ name: '/app/lock', content: 'two' }])).toEqual([{ path: 'lock', state: 'updated' }]);
    await writeFile(path.join(root, 'lock'), 'mine');
    const [kept] = await pull([{ name: '/app/lock', content: 'three' }]);
    expect(kept).toMatchObject({ state: 'kept', reason: expect.stringContaining('edited here') });
    expect(await text('lock')).toBe('mine');
  });

  it('keeps a file of this side that no pull ever wrote, unless it is forced', async () => {
    await writeFile(path.join(root, 'demo.py'), 'mine');
    expect(await pull([{ name: '/app/demo.py', content: 'theirs' }])).toMatchObject([{ state: 'kept' }]);
    expect(await text('demo.py')).toBe('mine');
    expect(await pull([{ name: '/app/demo.py', content: 'theirs' }], { force: true })).toMatchObject([
      { state: 'updated' },
    ]);
    expect(await text('demo.py')).toBe('theirs');
  });

  it('says of equal content that it is the same, and never deletes', async () => {
    await writeFile(path.join(root, 'a'), 'same');
    await writeFile(path.join(root, 'only-here'), 'x');
    expect(await pull([{ name: '/app/a', content: 'same' }])).toEqual([{ path: 'a', state: 'same' }]);
    expect(await text('only-here')).toBe('x');
  });

  it('writes nothing with --dry-run, and says what it would', async () => {
    await writeFile(path.join(root, 'a'), 'mine');
    const files = await pull(
      [
        { name: '/app/a', content: 'x' },
        { name: '/app/deep/b', content: 'y' },
      ],
      { dryRun: true },
    );
    expect(files.map(({ state }) => state)).toEqual(['kept', 'new']);
    await expect(text('deep/b')).rejects.toThrow();
  });

  it('leaves no draft behind when the archive is cut off, and keeps what had arrived whole', async () => {
    const whole = await archiveOf([
      { name: '/app/a', content: 'one' },
      { name: '/app/b', content: 'x'.repeat(5_000) },
    ]);
    const cut = whole.subarray(0, 2_600);
    await expect(pull(cut, { wanted: ['/app/a', '/app/b'] })).rejects.toMatchObject({ code: 'pull-broken' });
    expect(await text('a')).toBe('one');
    await expect(text('b')).rejects.toThrow();
    await expect(text(`b.tmp.${process.pid}`)).rejects.toThrow();
  });
});

describe('an archive of a hostile container', () => {
  it.each([
    ['a step up', { name: '/app/../../evil', content: 'x' }],
    ['a relative step up', { name: '../evil', content: 'x' }],
    ['an absolute path elsewhere', { name: '/etc/cron.d/evil', content: 'x' }],
    ['a path that nobody asked for', { name: '/app/.git/hooks/pre-commit', content: 'x', mode: 0o755 }],
  ])('with %s writes nothing', async (_what, member) => {
    const files = await pull(await archiveOf([member]), { wanted: ['/app/fine'] });
    expect(files).toMatchObject([{ state: 'refused', reason: 'nobody asked for it' }]);
    await expect(readFile(path.join(temporary.path, 'evil'))).rejects.toThrow();
  });

  it.each(['character-device', 'block-device', 'fifo', 'link', 'directory'] as const)(
    'with a %s under a wanted name writes nothing',
    async (type) => {
      const files = await pull([
        { name: '/app/fine', type, ...(type === 'link' && { linkname: '/etc/passwd' }) },
      ]);
      expect(files).toMatchObject([{ state: 'refused' }]);
    },
  );

  it.each(['/etc/passwd', '../../outside', '../outside'])(
    'with a link out to %s does not make it',
    async (linkname) => {
      const files = await pull([{ name: '/app/link', type: 'symlink', linkname }]);
      expect(files).toMatchObject([{ state: 'refused', reason: expect.stringContaining('leads out') }]);
      await expect(readlink(path.join(root, 'link'))).rejects.toThrow();
    },
  );

  it('that names a file below a link writes nothing through the link', async () => {
    const outside = path.join(temporary.path, 'outside');
    await mkdir(outside);
    await symlink(outside, path.join(root, 'dir'));
    const files = await pull([{ name: '/app/dir/evil', content: 'x' }]);
    expect(files).toMatchObject([{ state: 'refused', reason: expect.stringContaining('is a link') }]);
    await expect(readFile(path.join(outside, 'evil'))).rejects.toThrow();
  });

  it('that brings a path twice writes it once', async () => {
    const files = await pull(
      [
        { name: '/app/a', content: 'one' },
        { name: '/app/a', content: 'two' },
      ],
      { wanted: ['/app/a'] },
    );
    expect(files.map(({ state }) => state)).toEqual(['new', 'refused']);
    expect(await text('a')).toBe('one');
  });

  it('that replaces a folder by a file leaves the folder', async () => {
    await mkdir(path.join(root, 'src'));
    expect(await pull([{ name: '/app/src', content: 'x' }])).toMatchObject([
      { state: 'refused', reason: 'it is a folder here' },
    ]);
  });
});

describe('what is asked for', () => {
  const service = { mappings: [{ from: 'src', to: '/app', ignore: ['*.snap'], mirror: false }] };
  const listed = (...paths: string[]) =>
    paths.map((each) => ({ path: each, type: 'file' as const, size: 1 }));
  const chosen = (globs: string[], ...paths: string[]) =>
    choosePaths({ service, globs, listed: listed(...paths) }).map(({ localPath }) => localPath);

  it('is seen through the mappings, ignored files included', () => {
    expect(chosen(['src/**/*.snap'], '/app/a.snap', '/app/t/b.snap', '/app/a.py', '/other/c.snap')).toEqual([
      'src/a.snap',
      'src/t/b.snap',
    ]);
  });

  it('never is git’s own, nor a path with a step up', () => {
    expect(chosen(['**'], '/app/.git/config', '/app/x/../../y', '/app/ok')).toEqual(['src/ok']);
  });

  it('is read from a listing that may hold anything', () => {
    const lines = [
      '{"path":"/app/a","type":"file","size":3}',
      'nonsense',
      '{"path":"rel","type":"file","size":1}',
      '{"path":"/app/b","type":"dev","size":1}',
      '{"path":"/app/c","type":"file","size":-1}',
      'null',
    ];
    expect(parseListing(lines.join('\n'))).toEqual([{ path: '/app/a', type: 'file', size: 3 }]);
  });
});
