import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { ensureDebianPackages } from '../artifacts/debian-packages.ts';
import { debianTree } from '../artifacts/debian-tree.ts';
import { removeTree } from '../artifacts/remove-tree.ts';
import { runTool } from '../artifacts/run-tool.ts';
import { treeToTar } from '../artifacts/tree-to-tar.ts';
import { copyPrograms } from './copy-programs.ts';
import type { ImageArchitecture } from './image-architecture.ts';
import { putIntoRoot, type RootEntry } from './root-layer.ts';

/** The builder pod's user and group. */
const builderId = 1000;

const idMappers = [
  { path: '/usr/bin/newuidmap', capability: 'cap_setuid=ep' },
  { path: '/usr/bin/newgidmap', capability: 'cap_setgid=ep' },
];

const skeleton: readonly RootEntry[] = [
  { path: '/tmp', dir: true, mode: 0o1777 },
  {
    path: '/etc/passwd',
    text: `root:x:0:0::/:/bin/sh\nkdev:x:${builderId}:${builderId}::/home/kdev:/bin/sh\n`,
  },
  { path: '/etc/group', text: `root:x:0:\nkdev:x:${builderId}:\n` },
  { path: '/etc/subuid', text: 'kdev:100000:65536\n' },
  { path: '/etc/subgid', text: 'kdev:100000:65536\n' },
  { path: '/etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
  ...['sh', 'cat', 'df', 'du', 'env', 'find', 'id', 'ls', 'mount', 'ps', 'sleep', 'stat', 'touch'].map(
    (name) => ({
      path: `/bin/${name}`,
      link: 'busybox',
    }),
  ),
];

const owned = ['/home/kdev', '/run/user/1000', '/run/kdev-builder', '/var/lib/kdev-builder'];

/**
 * The lower layer of the builder's image: runc, the two programs that map a range of ids for a user without
 * privileges, certificates. The artifact's folder holds `base.tar`.
 */
export function builderBase(architecture: ImageArchitecture): ArtifactRecipe {
  const debian = debianTree({
    name: 'builder-debian',
    announce: '',
    packages: ['runc', 'uidmap', 'busybox-static', 'ca-certificates'],
    variant: 'extract',
    architecture,
  });
  return {
    name: 'builder-base',
    announce: 'putting together the base of the builder: runc, id mapping, certificates (about 15 s)',
    inputs: {
      values: [
        'builder base 2',
        architecture,
        JSON.stringify([skeleton, owned, idMappers]),
        ...(debian.inputs.values ?? []),
      ],
    },
    make: async ({ into, reporter, signal }) => {
      await ensureDebianPackages(['libcap2-bin'], { reporter, signal });
      const debianDir = path.join(into, 'debian');
      const from = path.join(debianDir, 'root');
      const root = path.join(into, 'root');
      await mkdir(debianDir);
      await mkdir(root);
      await debian.make({ into: debianDir, reporter, ...(signal ? { signal } : {}) });
      await copyPrograms({
        from,
        into: root,
        programs: ['/usr/sbin/runc', '/bin/busybox', ...idMappers.map((mapper) => mapper.path)],
      });
      await putIntoRoot(root, skeleton);
      await writeCertificates(from, root);
      for (const folder of owned) {
        await mkdir(path.join(root, folder), { recursive: true, mode: 0o755 });
        await chown(path.join(root, folder), builderId, builderId);
      }
      for (const mapper of idMappers) {
        // As root, which setuid would make them, they may not write the map of a process that is not root's.
        await chmod(path.join(root, mapper.path), 0o755);
        await runTool({
          command: 'setcap',
          args: [mapper.capability, path.join(root, mapper.path)],
          reporter,
          signal,
          failure: { code: 'image-layer-failed', what: `Could not give ${mapper.path} its capability.` },
        });
      }
      await treeToTar({ tree: root, tar: path.join(into, 'base.tar'), reporter, signal });
      await removeTree(root);
      await removeTree(debianDir);
    },
  };
}

/** What update-ca-certificates would write; it cannot be run for another processor. */
async function writeCertificates(from: string, root: string): Promise<void> {
  const source = path.join(from, 'usr/share/ca-certificates/mozilla');
  const files = (await readdir(source)).filter((name) => name.endsWith('.crt')).sort();
  const bundle = await Promise.all(files.map((name) => readFile(path.join(source, name), 'utf8')));
  await mkdir(path.join(root, 'etc/ssl/certs'), { recursive: true });
  await writeFile(path.join(root, 'etc/ssl/certs/ca-certificates.crt'), bundle.join(''));
}
