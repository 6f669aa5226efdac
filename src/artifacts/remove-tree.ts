import { silentReporter } from '../core/reporter.ts';
import { runTool } from './run-tool.ts';

/**
 * Removes a folder and everything in it, but never crosses into another file system: a root file system whose maker
 * was killed may still have the machine's own /dev or /proc mounted inside. Nothing there is a success.
 *
 * @throws KdevError `remove-failed`.
 */
export async function removeTree(folder: string): Promise<void> {
  await runTool({
    command: 'rm',
    args: ['-rf', '--one-file-system', '--', folder],
    reporter: silentReporter,
    failure: { code: 'remove-failed', what: `Could not remove ${folder}.` },
  });
}
