import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runTool } from '../artifacts/run-tool.ts';
import { KdevError } from '../core/error.ts';
import type { Reporter } from '../core/reporter.ts';
import type { BoxFiles } from './box-files.ts';
import type { BoxPrograms } from './box-programs.ts';
import { components } from './components.ts';
import { preload } from './preloaded-images.ts';
import { type ProcessIdentity, readIdentity } from './process-identity.ts';
import type { BoxAddresses } from './subnet.ts';

export interface LaunchOptions {
  readonly name: string;
  readonly files: BoxFiles;
  readonly addresses: BoxAddresses;
  readonly programs: BoxPrograms;
  readonly contextName: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** Where plain directories of the host appear in the box; an overlay cannot be the upper layer of another. */
const dataFolders: Readonly<Record<string, string>> = {
  containerd: '/var/lib/containerd',
  kubelet: '/var/lib/kubelet',
  cni: '/var/lib/cni',
  etcd: '/var/lib/etcd',
  registry: '/var/lib/registry',
  mirror: '/var/lib/mirror',
};

/**
 * Starts the box's first process, detached from this one; it then waits for its network.
 *
 * @throws KdevError `box-launch-failed` with its words.
 */
export async function launchBox(options: LaunchOptions): Promise<ProcessIdentity> {
  const { addresses, files, programs } = options;
  const binds = Object.entries(dataFolders).map(([folder, to]) => ({
    from: path.join(files.data, folder),
    to,
  }));
  for (const folder of [
    files.upper,
    files.work,
    files.merged,
    files.logs,
    ...binds.map((bind) => bind.from),
  ]) {
    await mkdir(folder, { recursive: true });
  }
  const layers = await preload(programs.preloaded, path.join(files.data, 'containerd'));
  const config = {
    name: options.name,
    address: addresses.box,
    serviceAddress: addresses.apiService,
    cgroup: files.cgroup,
    pidFile: files.initPid,
    logDir: files.logs,
    statusFile: files.status,
    pkiDir: files.pki,
    kubeconfig: files.kubeconfig,
    contextName: options.contextName,
    root: {
      lower: programs.rootTree,
      upper: files.upper,
      work: files.work,
      merged: files.merged,
      binds: [
        ...binds,
        ...layers,
        { from: files.pki, to: '/etc/kubernetes/pki' },
        { from: files.logs, to: '/var/log/kdev' },
        { from: programs.kubernetes, to: '/opt/kdev/kubernetes', readOnly: true },
        { from: programs.coredns, to: '/opt/kdev/coredns', readOnly: true },
      ],
    },
    components: components(options.name, addresses),
  };
  await writeFile(files.initConfig, `${JSON.stringify(config, undefined, 2)}\n`);
  await runTool({
    command: path.join(programs.init, 'box-init'),
    args: ['launch', files.initConfig],
    reporter: options.reporter,
    signal: options.signal,
    failure: { code: 'box-launch-failed', what: `Could not start the box ${options.name}.` },
  });
  const identity = await readIdentity(files.initPid);
  if (identity) return identity;
  throw new KdevError({
    code: 'box-launch-failed',
    fault: 'kdev',
    what: `The box ${options.name} was started but left no process id in ${files.initPid}.`,
  });
}
