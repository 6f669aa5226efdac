import path from 'node:path';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import { debianTree } from '../../src/artifacts/debian-tree.ts';
import { provideArtifact } from '../../src/artifacts/provide-artifact.ts';
import { silentReporter } from '../../src/core/reporter.ts';

/** The root of a tree that has Debian's vim, emacs and nano, unpacked once per machine and installed nowhere. */
export async function editorPrograms(): Promise<string> {
  const recipe = debianTree({
    name: 'editors',
    announce: 'fetching Debian’s vim, emacs and nano',
    packages: ['vim', 'emacs-nox', 'nano', 'ncurses-base', 'libc-bin', 'base-files'],
    variant: 'extract',
  });
  const options = { cacheDir: cacheRoot(process.env), reporter: silentReporter };
  return path.join(await provideArtifact(recipe, options), 'root');
}
