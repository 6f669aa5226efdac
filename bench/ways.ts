import type { SaveCase } from './cases.ts';
import { syncedFolder } from './local-tree.ts';
import { type PeerPod, peer } from './peer-pod.ts';

/** A way to get a save into a pod without kdev: one command, started for each save. */
export interface Way {
  readonly who: string;
  command(options: { readonly saveCase: SaveCase; readonly synced: string }): readonly string[];
}

/** Ends the app, which the pod's loop starts again. */
const endApp = 'kill "$(cat /run/bench-app.pid)"';

export function otherWays({
  kubectl,
  pod,
}: {
  readonly kubectl: string;
  readonly pod: PeerPod;
}): readonly Way[] {
  const flags = `--namespace=${peer.namespace} --container=${peer.container}`;
  const exec = `${quote(kubectl)} exec ${flags} ${peer.pod}`;
  const ssh = pod.ssh.map(quote).join(' ');
  return [
    {
      who: 'kubectl cp',
      command: ({ saveCase, synced }) =>
        shell(
          `${quote(kubectl)} cp ${flags} ${quote(`${synced}/${saveCase.file}`)} ${peer.pod}:${syncedFolder}/${saveCase.file}`,
          saveCase.until === 'restarted' && `${exec} -- sh -c ${quote(endApp)}`,
        ),
    },
    {
      who: 'tar | kubectl exec tar',
      command: ({ saveCase, synced }) => {
        const unpack = `tar xf - -C ${syncedFolder}`;
        const inPod = saveCase.until === 'restarted' ? `sh -c ${quote(`${unpack} && ${endApp}`)}` : unpack;
        return shell(
          `tar cf - -C ${quote(synced)} ${saveCase.file} | ${exec.replace(' exec ', ' exec --stdin ')} -- ${inPod}`,
        );
      },
    },
    {
      who: 'rsync over ssh',
      command: ({ saveCase, synced }) =>
        shell(
          // Without the window two saves of one size in one second are taken for the same.
          `rsync -a --modify-window=-1 -e ${quote(ssh)} ${quote(`${synced}/`)} 127.0.0.1:${syncedFolder}/`,
          saveCase.until === 'restarted' && `${ssh} 127.0.0.1 ${quote(endApp)}`,
        ),
    },
  ];
}

function shell(...steps: readonly (string | false)[]): readonly string[] {
  return ['sh', '-c', steps.filter((step) => step !== false).join(' && ')];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A way to bring a change of many files into a pod without kdev, once the change is there. */
export interface BulkWay {
  readonly who: string;
  /** Cases that it cannot do, because it never deletes or is not made for saves one at a time. */
  readonly cannot: readonly string[];
  command(options: { readonly synced: string; readonly marker: string }): readonly string[];
}

export function bulkWays({
  kubectl,
  pod,
}: {
  readonly kubectl: string;
  readonly pod: PeerPod;
}): readonly BulkWay[] {
  const exec = `${quote(kubectl)} exec --stdin --namespace=${peer.namespace} --container=${peer.container} ${peer.pod}`;
  const ssh = pod.ssh.map(quote).join(' ');
  return [
    {
      who: 'tar | kubectl exec tar',
      cannot: ['mass-delete', 'rename-dir', 'branch-switch', 'save-during-first-sync'],
      command: ({ synced, marker }) =>
        shell(
          `cd ${quote(synced)}`,
          `find . -newer ${quote(marker)} -type f -print0 | tar cf - --null -T - | ${exec} -- tar xf - -C ${syncedFolder}`,
        ),
    },
    {
      who: 'rsync over ssh',
      cannot: ['save-during-first-sync'],
      command: ({ synced }) =>
        shell(
          `rsync -a --delete --exclude=.git --modify-window=-1 -e ${quote(ssh)} ${quote(`${synced}/`)} 127.0.0.1:${syncedFolder}/`,
        ),
    },
  ];
}
