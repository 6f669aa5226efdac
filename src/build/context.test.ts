import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readContext } from './context.ts';

let projectRoot: string;

beforeEach(async () => {
  projectRoot = await mkdtemp(path.join(tmpdir(), 'kdev-context-'));
  await write('Dockerfile', 'FROM scratch\n');
});
afterEach(() => rm(projectRoot, { recursive: true, force: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(projectRoot, file)), { recursive: true });
  await writeFile(path.join(projectRoot, file), text);
}

const read = (build = { dockerfile: 'Dockerfile', context: '.' }) => readContext({ projectRoot, build });
const pathsOf = (context: Awaited<ReturnType<typeof read>>) => context.entries.map((each) => each.path);

describe('readContext', () => {
  it('lists files, directories and links, directories before what is in them', async () => {
    await write('a-b', '');
    await write('a/file', 'x');
    await symlink('a/file', path.join(projectRoot, 'link'));
    expect(pathsOf(await read())).toEqual(['Dockerfile', 'a', 'a-b', 'a/file', 'link']);
  });

  it('leaves out what .dockerignore says and keeps the directories above an exception', async () => {
    await write('.dockerignore', '*\n!src/app\n**/*.pyc\n');
    await write('src/app/main.py', '');
    await write('src/app/main.pyc', '');
    await write('src/other/x', '');
    await write('docs/x', '');
    expect(pathsOf(await read())).toEqual(['src', 'src/app', 'src/app/main.py']);
  });

  it('prefers the ignore file that is called like the Dockerfile', async () => {
    await write('.dockerignore', '*\n');
    await write('app.Dockerfile', 'FROM scratch\n');
    await write('app.Dockerfile.dockerignore', 'b\n.dockerignore\n*Dockerfile*\n');
    await write('a', '');
    await write('b', '');
    expect(pathsOf(await read({ dockerfile: 'app.Dockerfile', context: '.' }))).toEqual(['a']);
  });

  it('reads a Dockerfile that lies outside of the context', async () => {
    await write('service/main.py', '');
    const context = await read({ dockerfile: 'Dockerfile', context: 'service' });
    expect(context.dockerfile).toEqual({ name: 'Dockerfile', text: 'FROM scratch\n' });
    expect(pathsOf(context)).toEqual(['main.py']);
  });

  it('has an equal digest for equal content, whatever its times and modes are', async () => {
    await write('a/file', 'one');
    const before = await read();
    await utimes(path.join(projectRoot, 'a/file'), 1, 1);
    await chmod(path.join(projectRoot, 'a/file'), 0o600);
    expect((await read()).digest).toBe(before.digest);
  });

  it.each<[title: string, change: () => Promise<void>]>([
    ['content of the same size', () => write('a/file', 'two')],
    ['the execute bit', () => chmod(path.join(projectRoot, 'a/file'), 0o755)],
    ['a new empty directory', () => mkdir(path.join(projectRoot, 'b'))],
  ])('has another digest after a change of %s', async (_, change) => {
    await write('a/file', 'one');
    await chmod(path.join(projectRoot, 'a/file'), 0o644);
    const before = await read();
    await change();
    expect((await read()).digest).not.toBe(before.digest);
  });

  it('says which Dockerfile is missing', async () => {
    await expect(read({ dockerfile: 'nope/Dockerfile', context: '.' })).rejects.toMatchObject({
      code: 'dockerfile-missing',
      fault: 'user',
      where: path.join(projectRoot, 'nope/Dockerfile'),
    });
  });

  it('says which context is no directory', async () => {
    await expect(read({ dockerfile: 'Dockerfile', context: 'nope' })).rejects.toMatchObject({
      code: 'context-missing',
    });
  });
});
