import { rm } from 'node:fs/promises';
import path from 'node:path';
import { deleteBox } from '../../src/box/delete-box.ts';
import { stateRoot } from '../../src/box/state-root.ts';
import { silentReporter } from '../../src/core/reporter.ts';

/** For tests that break a program of their box: takes it away, so that the next file makes one anew. */
export async function discardBox(): Promise<void> {
  const kubeconfig = process.env['KDEV_TEST_KUBECONFIG'] ?? '';
  const name = path.basename(kubeconfig);
  await deleteBox({ name, stateDir: stateRoot(process.env), reporter: silentReporter });
  await rm(kubeconfig);
}
