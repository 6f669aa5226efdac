import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { debianTree } from '../artifacts/debian-tree.ts';
import { removeTree } from '../artifacts/remove-tree.ts';
import { treeToTar } from '../artifacts/tree-to-tar.ts';
import { copyPrograms } from './copy-programs.ts';
import type { ImageArchitecture } from './image-architecture.ts';
import { putIntoRoot, type RootEntry } from './root-layer.ts';

/** What `kubectl exec` into a sidecar can look around with. */
const busyboxNames = [
  'sh',
  'cat',
  'env',
  'id',
  'kill',
  'ls',
  'mount',
  'netstat',
  'ps',
  'sleep',
  'stat',
  'tail',
];

const skeleton: readonly RootEntry[] = [
  { path: '/tmp', dir: true, mode: 0o1777 },
  // Written by the sidecar's entry point, whatever uid the pod runs as; see images/sidecar/prepare.go.
  { path: '/run/kdev-sidecar', dir: true, mode: 0o777 },
  { path: '/run/kdev-sidecar/passwd', text: 'root:x:0:0:root:/tmp:/bin/sh\n' },
  { path: '/etc/passwd', link: '../run/kdev-sidecar/passwd' },
  { path: '/etc/group', text: 'root:x:0:\nnogroup:x:65534:\n' },
  { path: '/etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
  // A root sshd locks its unprivileged half in here.
  { path: '/run/sshd', dir: true, mode: 0o755 },
  ...busyboxNames.map((name) => ({ path: `/bin/${name}`, link: 'busybox' })),
];

/**
 * The lower layer of the sidecar's image, which changes with Debian's or Node's versions only: Node, sshd, busybox
 * and the libraries those are linked to. The artifact's folder holds `base.tar`.
 */
export function sidecarBase(architecture: ImageArchitecture, nodeDir: string): ArtifactRecipe {
  const debian = debianTree({
    name: 'sidecar-debian',
    announce: '',
    packages: ['openssh-server', 'busybox-static', 'libstdc++6', 'libgcc-s1'],
    variant: 'extract',
    architecture,
  });
  return {
    name: 'sidecar-base',
    announce: 'putting together the base of the sidecar: Node, OpenSSH and their libraries (about 15 s)',
    inputs: {
      values: [
        'sidecar base',
        architecture,
        path.basename(nodeDir),
        JSON.stringify(skeleton),
        ...(debian.inputs.values ?? []),
      ],
    },
    make: async ({ into, reporter, signal }) => {
      const debianDir = path.join(into, 'debian');
      const root = path.join(into, 'root');
      await mkdir(debianDir);
      await mkdir(root);
      await debian.make({ into: debianDir, reporter, ...(signal ? { signal } : {}) });
      const node = path.join(nodeDir, 'node');
      await copyPrograms({
        from: path.join(debianDir, 'root'),
        into: root,
        programs: ['/usr/sbin/sshd', '/bin/busybox'],
        linked: [node],
      });
      await putIntoRoot(root, [...skeleton, { path: '/usr/bin/node', file: node, mode: 0o755 }]);
      await treeToTar({ tree: root, tar: path.join(into, 'base.tar'), owner: '0:0', reporter, signal });
      await removeTree(root);
      await removeTree(debianDir);
    },
  };
}
