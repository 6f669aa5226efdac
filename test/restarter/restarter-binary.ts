import path from 'node:path';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import { goProgram } from '../../src/artifacts/go-program.ts';
import { provideArtifact } from '../../src/artifacts/provide-artifact.ts';
import { silentReporter } from '../../src/core/reporter.ts';

export const moduleDir = path.join(import.meta.dirname, '../../images/restarter');

/** Compiles the restarter unless that was done for these sources; test files that start together compile it once. */
export async function restarterBinary(): Promise<string> {
  const recipe = await goProgram({
    name: 'restarter-under-test',
    moduleDir,
    announce: 'compiling the restarter',
    ldflags: '-X main.version=0.0.0-test',
  });
  const dir = await provideArtifact(recipe, { cacheDir: cacheRoot(process.env), reporter: silentReporter });
  return path.join(dir, 'restarter-under-test');
}
