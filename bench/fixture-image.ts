import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRecipe } from '../src/artifacts/artifact.ts';
import { debianTree } from '../src/artifacts/debian-tree.ts';
import { goProgram } from '../src/artifacts/go-program.ts';
import { writeOciImage } from '../src/artifacts/oci-image.ts';
import { type ProvideOptions, provideArtifact } from '../src/artifacts/provide-artifact.ts';
import { treeToTar } from '../src/artifacts/tree-to-tar.ts';
import type { BoxImage } from '../src/box/box.ts';

export const fixtureReference = 'docker.io/kdev-bench/app:1';
const program = 'bench-app';
const packages = ['openssh-server', 'rsync'];

/** The image of both pods: Debian with sshd and rsync, and the app. */
export async function provideFixtureImage(
  options: ProvideOptions & { readonly fixturesDir: string },
): Promise<BoxImage> {
  const app = await goProgram({
    name: program,
    moduleDir: path.join(options.fixturesDir, 'app'),
    announce: '',
  });
  const debian = debianTree({ name: 'bench-debian', announce: '', packages, format: 'tar' });
  return { reference: fixtureReference, layoutDir: await provideArtifact(imageRecipe(app, debian), options) };
}

function imageRecipe(app: ArtifactRecipe, debian: ArtifactRecipe): ArtifactRecipe {
  return {
    name: 'bench-image',
    announce: 'making the image of the pods that are measured, with sshd and rsync (60 MB; 40 seconds)',
    inputs: {
      files: app.inputs.files ?? [],
      values: ['bench image 1', ...(app.inputs.values ?? []), ...(debian.inputs.values ?? [])],
    },
    make: async ({ into, reporter, signal }) => {
      const shared = { reporter, ...(signal && { signal }) };
      const tree = path.join(into, 'tree');
      const base = path.join(into, 'root.tar');
      const own = path.join(into, 'app.tar');
      await mkdir(path.join(tree, 'usr/local/bin'), { recursive: true });
      await mkdir(path.join(tree, 'srv/app'), { recursive: true });
      await app.make({ ...shared, into: path.join(tree, 'usr/local/bin') });
      await debian.make({ ...shared, into });
      await treeToTar({ tree, tar: own, owner: '0:0', ...shared });
      await writeOciImage({
        ...shared,
        into,
        layers: [base, own],
        config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
        platform: { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch },
        reference: fixtureReference,
      });
      await Promise.all([base, own, tree].map((each) => rm(each, { recursive: true })));
    },
  };
}
