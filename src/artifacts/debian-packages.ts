import { readFile } from 'node:fs/promises';
import { KdevError } from '../core/error.ts';
import { type Reporter, silentReporter } from '../core/reporter.ts';
import { runTool } from './run-tool.ts';

export interface DebianPackagesOptions {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  /** Effective user id of this process. @default its own */
  readonly uid?: number;
  /** @default '/etc/os-release' */
  readonly osReleaseFile?: string;
}

/**
 * Installs those of the named Debian packages that are missing, without their recommendations. Packages that are
 * there are left as they are, whatever their version.
 *
 * @throws KdevError `debian-packages-missing` (not root, or no Debian: names the packages and the command),
 * `debian-packages-failed` (apt-get's own words).
 */
export async function ensureDebianPackages(
  names: readonly string[],
  options: DebianPackagesOptions,
): Promise<void> {
  const missing = await missingPackages(names, options);
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!(await isDebian(options.osReleaseFile ?? '/etc/os-release'))) {
    throw notInstalled(
      missing,
      'This is no Debian or Ubuntu, so kdev cannot install them.',
      'Install them with your package manager.',
    );
  }
  if ((options.uid ?? process.geteuid?.()) !== 0) {
    throw notInstalled(missing, 'kdev may only install packages as root.', `Run: sudo ${command}`);
  }
  await install(missing, options);
}

async function install(missing: readonly string[], options: DebianPackagesOptions): Promise<void> {
  const { reporter, signal } = options;
  const apt = (args: readonly string[], report: Reporter): Promise<{ readonly stdout: string }> =>
    runTool({
      command: 'apt-get',
      // Another apt-get on this machine is waited for instead of failing on its lock.
      args: ['-o', 'DPkg::Lock::Timeout=300', '-o', 'APT::Sandbox::User=root', ...args],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
      reporter: report,
      signal,
      failure: {
        code: 'debian-packages-failed',
        what: `Could not install the Debian packages ${missing.join(', ')}.`,
        cure: `See that this works: apt-get update && apt-get install ${missing.join(' ')}`,
      },
    });
  const request = ['install', '--no-install-recommends', ...missing];
  const plan = await apt(['--print-uris', '--yes', ...request], silentReporter).catch(async () => {
    reporter.step('fetching the list of Debian packages (apt-get update)');
    await apt(['update', '--quiet'], reporter);
    return apt(['--print-uris', '--yes', ...request], silentReporter);
  });
  const toFetch = (sumOfSizes(plan.stdout) / 1e6).toFixed(1);
  reporter.step(`installing Debian packages: ${missing.join(', ')} (${toFetch} MB to fetch)`);
  await apt(['--yes', '--quiet', ...request], reporter).catch(async () => {
    // The list knew versions that the archive has replaced since.
    await apt(['update', '--quiet'], reporter);
    return apt(['--yes', '--quiet', ...request], reporter);
  });
}

/** Lines of `--print-uris`: 'URI' file-name bytes checksum. */
function sumOfSizes(printedUris: string): number {
  let bytes = 0;
  for (const [, size] of printedUris.matchAll(/^'[^']+' \S+ (\d+)/gm)) bytes += Number(size);
  return bytes;
}

/**
 * Those of the named packages that are not installed; asks dpkg only.
 *
 * @throws KdevError `debian-packages-failed`, `tool-missing` where there is no shell
 */
export async function missingPackages(
  names: readonly string[],
  options: Pick<DebianPackagesOptions, 'signal'>,
): Promise<string[]> {
  const { stdout } = await runTool({
    command: 'sh',
    // It fails when one of them is unknown, and lists the others all the same.
    args: ['-c', 'dpkg-query --status "$@" 2>/dev/null || true', 'sh', ...names],
    reporter: silentReporter,
    signal: options.signal,
    failure: { code: 'debian-packages-failed', what: 'Could not ask which Debian packages are installed.' },
  });
  const installed = new Set<string>();
  for (const [, name] of stdout.matchAll(
    /^Package: (\S+)\n(?:Essential: yes\n)?Status: install ok installed$/gm,
  )) {
    if (name !== undefined) installed.add(name);
  }
  return names.filter((name) => !installed.has(name));
}

export async function isDebian(osReleaseFile = '/etc/os-release'): Promise<boolean> {
  const text = await readFile(osReleaseFile, 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(text);
}

function notInstalled(missing: readonly string[], why: string, cure: string): KdevError {
  return new KdevError({
    code: 'debian-packages-missing',
    fault: 'environment',
    what: `These Debian packages are needed and missing: ${missing.join(', ')}.`,
    why,
    cure,
  });
}
