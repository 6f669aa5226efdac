import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writeOciImage } from '../../src/artifacts/oci-image.ts';
import { treeToTar } from '../../src/artifacts/tree-to-tar.ts';
import { boxFiles } from '../../src/box/box-files.ts';
import { removeCgroups } from '../../src/box/cgroups.ts';
import { connectBox } from '../../src/box/host-network.ts';
import { launchBox } from '../../src/box/launch-box.ts';
import { refreshImages } from '../../src/box/mirror-images.ts';
import { preloadRecipe } from '../../src/box/preloaded-images.ts';
import { addressesIn, requireBoxSubnet } from '../../src/box/subnet.ts';
import { waitReady } from '../../src/box/wait-ready.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { temporaryDir } from '../temporary-dir.ts';

// The parts of a box, each when what it stands on is not there.
const reporter = silentReporter;
const addresses = addressesIn(requireBoxSubnet('10.213.252.0/22'));
/** Above what the kernel hands out. */
const noProcess = 4_194_305;
let dir: Awaited<ReturnType<typeof temporaryDir>>;
let files: ReturnType<typeof boxFiles>;

beforeEach(async () => {
  dir = await temporaryDir('kdev-errors-');
  files = boxFiles({ stateDir: dir.path }, 'none');
  await mkdir(files.dir, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
  return dir.remove();
});

it('a network for a process that ended', async () => {
  await expect(connectBox(files, addresses, noProcess, undefined)).rejects.toMatchObject({
    code: 'host-network-failed',
  });
});

it('a first process that does not start', async () => {
  const store = path.join(dir.path, 'preloaded', 'containerd');
  for (const folder of [
    'io.containerd.metadata.v1.bolt',
    'io.containerd.snapshotter.v1.overlayfs/snapshots',
    'io.containerd.content.v1.content/blobs/sha256',
  ]) {
    await mkdir(path.join(store, folder), { recursive: true });
  }
  await writeFile(path.join(store, 'io.containerd.metadata.v1.bolt/meta.db'), '');
  await writeFile(path.join(store, 'io.containerd.snapshotter.v1.overlayfs/metadata.db'), '');
  const init = path.join(dir.path, 'init');
  await mkdir(init);
  await writeFile(path.join(init, 'box-init'), '#!/bin/sh\necho no namespaces here >&2\nexit 1\n');
  await chmod(path.join(init, 'box-init'), 0o755);
  const programs = {
    ...{ kubernetes: '/k', coredns: '/c', init, rootTree: '/r', images: [] },
    preloaded: { dir: path.dirname(store) },
  };
  const options = { name: 'none', files, addresses, programs, contextName: 'none', reporter };
  await expect(launchBox(options)).rejects.toMatchObject({
    code: 'box-launch-failed',
    why: expect.stringContaining('no namespaces here') as string,
  });
});

it('a first process that ended before the box was ready', async () => {
  const alive = () => Promise.resolve(false);
  const options = { name: 'none', files, addresses, standIns: [], alive, onReached: () => undefined };
  await expect(waitReady(options)).rejects.toMatchObject({
    code: 'box-not-ready',
    why: expect.stringContaining('first process ended') as string,
  });
});

it('images that come on top of a store that is gone', async () => {
  const base = { dir: path.join(dir.path, 'gone') };
  const recipe = await preloadRecipe({ rootTree: '/nowhere/root', images: [], base });
  await expect(recipe.make({ into: dir.path, reporter })).rejects.toMatchObject({
    code: 'box-preload-failed',
  });
});

it('an image that a box cannot be told to forget', async () => {
  const tree = path.join(dir.path, 'tree');
  const into = path.join(dir.path, 'image');
  const tar = path.join(dir.path, 'layer.tar');
  const reference = 'docker.io/library/hello:1';
  await mkdir(tree);
  for (const text of ['one', 'two']) {
    await writeFile(path.join(tree, 'hello'), text);
    await treeToTar({ tree, tar, reporter });
    const platform = { os: 'linux', architecture: 'amd64' };
    const layoutDir = `${into}-${text}`;
    await writeOciImage({
      into: layoutDir,
      layers: [tar],
      config: {},
      platform,
      reference,
      compression: 'gzip',
      reporter,
    });
    const refreshed = refreshImages(noProcess, files, [{ reference, layoutDir }]);
    if (text === 'one') await refreshed;
    else await expect(refreshed).rejects.toMatchObject({ code: 'box-image-stuck' });
  }
});

it('a cgroup with a process in it', async () => {
  // Named like that of some other box, so that tests which compare the machine before and after look past it; of its
  // own, as these tests may run twice at once.
  const name = `kdev-box-${randomBytes(4).toString('hex')}`;
  const root = existsSync('/sys/fs/cgroup/memory') ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
  const group = path.join(root, name);
  let child: ChildProcess | undefined;
  await mkdir(group);
  try {
    child = spawn('sleep', ['1000']);
    await writeFile(path.join(group, 'cgroup.procs'), String(child.pid));
    let now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => (now += 6_000));
    await expect(removeCgroups(name)).rejects.toMatchObject({
      code: 'box-cgroup-busy',
      cure: expect.stringContaining(`${group}/cgroup.procs`) as string,
    });
  } finally {
    const ended = child && once(child, 'exit');
    child?.kill('SIGKILL');
    await ended;
    vi.restoreAllMocks();
    await vi.waitFor(() => rmdir(group), { timeout: 10_000, interval: 20 });
  }
});
