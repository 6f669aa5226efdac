import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { silentReporter } from '../core/reporter.ts';
import type { ArtifactRecipe } from './artifact.ts';
import { runTool } from './run-tool.ts';

export interface GoProgramOptions {
  /** Name of the artifact and of the program in its folder. */
  readonly name: string;
  /** Folder with go.mod; every file in it but tests and documents goes into the key. */
  readonly moduleDir: string;
  /** Which package of the module. @default '.' */
  readonly package?: string;
  readonly announce: string;
  /** `-X` and the like, after `-s -w`. @default nothing */
  readonly ldflags?: string;
  /** `GOARCH`. @default the machine's own */
  readonly arch?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * How to compile a static program of a Go module; the artifact's folder holds one file, named `name`. Keyed by the
 * module's source files, the Go version and the flags.
 *
 * @throws KdevError `tool-missing` when there is no `go`, here already; `go-build-failed` when it is made.
 */
export async function goProgram(options: GoProgramOptions): Promise<ArtifactRecipe> {
  const { name, moduleDir } = options;
  const version = await goVersion(options.signal);
  const files = await sourceFiles(moduleDir);
  const arch = options.arch ?? '';
  const ldflags = `-s -w ${options.ldflags ?? ''}`.trim();
  const target = options.package ?? '.';
  return {
    name,
    announce: options.announce,
    inputs: {
      files: files.map((file) => path.join(moduleDir, file)),
      values: ['go program', version, arch, ldflags, target, files.join('\n')],
    },
    make: async ({ into, reporter, signal }) => {
      await runTool({
        command: 'nice',
        args: [
          'go',
          'build',
          '-trimpath',
          '-buildvcs=false',
          '-ldflags',
          ldflags,
          '-o',
          path.join(into, name),
          target,
        ],
        cwd: moduleDir,
        env: {
          ...process.env,
          CGO_ENABLED: '0',
          GOFLAGS: '-mod=readonly',
          GOWORK: 'off',
          ...(arch ? { GOARCH: arch } : {}),
        },
        reporter,
        signal,
        failure: {
          code: 'go-build-failed',
          what: `Could not compile ${name}.`,
          cure: 'See that the Go module proxy can be reached and that there is disk space, then run this again.',
        },
      });
    },
  };
}

async function goVersion(signal: AbortSignal | undefined): Promise<string> {
  const { stdout } = await runTool({
    command: 'go',
    args: ['env', 'GOVERSION', 'GOOS'],
    reporter: silentReporter,
    signal,
    failure: {
      code: 'tool-missing',
      what: 'Could not ask for the version of Go.',
      cure: 'Install Go 1.25 or newer.',
    },
  });
  return stdout.trim();
}

async function sourceFiles(moduleDir: string): Promise<string[]> {
  const entries = await readdir(moduleDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/(_test\.go|\.md)$/.test(entry.name))
    .map((entry) => path.relative(moduleDir, path.join(entry.parentPath, entry.name)))
    .sort();
}
