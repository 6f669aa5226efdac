import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { provideKubectl } from '../../src/box/kubernetes-programs.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { cacheDir, sourcesDir } from './box-place.ts';

export interface Kubectl {
  /** Runs kubectl on the host with the box's kubeconfig; its standard output. */
  (args: readonly string[], input?: string): Promise<string>;
  close(): Promise<void>;
}

/** An ordinary kubectl on the host, with nothing but a kubeconfig. */
export async function kubectlFor(kubeconfig: string): Promise<Kubectl> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kdev-kubectl-'));
  const file = path.join(folder, 'kubeconfig');
  await writeFile(file, kubeconfig, { mode: 0o600 });
  const program = await provideKubectl({ cacheDir, sourcesDir, reporter: silentReporter });
  const run = async (args: readonly string[], input?: string): Promise<string> => {
    const running = promisify(execFile)(program, args, { env: { KUBECONFIG: file, HOME: folder } });
    running.child.stdin?.end(input ?? '');
    return (await running).stdout;
  };
  return Object.assign(run, { close: () => rm(folder, { recursive: true, force: true }) });
}
