import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SaveCase, Tree } from './cases.ts';
import { makeLocalTree, syncedFolder } from './local-tree.ts';
import { findContainer, type Measurement, measureSaves } from './measurement.ts';
import { type PeerPod, peer } from './peer-pod.ts';
import { seriesTiming } from './result.ts';
import { otherWays } from './ways.ts';

/** The same saves without kdev, one way after the other, in a pod that is there for that. */
export async function measureOthers(
  measurement: Measurement,
  {
    pod,
    saveCases,
    tree,
  }: { readonly pod: PeerPod; readonly tree: Tree; readonly saveCases: readonly SaveCase[] },
): Promise<void> {
  const { place, report } = measurement;
  const { synced } = await makeLocalTree(place, tree, 'others');
  await copyIn(synced, pod);
  await place.ask([
    'exec',
    `--namespace=${peer.namespace}`,
    peer.pod,
    '--',
    'chown',
    '-R',
    '0:0',
    syncedFolder,
  ]);
  const container = await findContainer(measurement, pod.run);
  for (const saveCase of saveCases) {
    for (const { who, command } of otherWays({ kubectl: place.kubectl, pod })) {
      const series = { saveCase, who, container, synced, command: command({ saveCase, synced }) };
      const { measured, different } = await measureSaves(measurement, series);
      report(seriesTiming({ case: saveCase.name, who }, measured, different));
    }
  }
}

/** Makes the pod's folder what the local one is. */
export async function copyIn(synced: string, { ssh }: PeerPod): Promise<void> {
  const args = [
    '-a',
    '--delete',
    '--exclude=.git',
    '-e',
    ssh.join(' '),
    `${synced}/`,
    `127.0.0.1:${syncedFolder}/`,
  ];
  await promisify(execFile)('rsync', args, { maxBuffer: 16 * 1024 * 1024 });
}
