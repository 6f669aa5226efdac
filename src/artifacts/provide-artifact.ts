import { mkdir, mkdtemp, readdir, rename, utimes } from 'node:fs/promises';
import path from 'node:path';
import { KdevError, messageOf } from '../core/error.ts';
import type { Reporter } from '../core/reporter.ts';
import type { ArtifactRecipe } from './artifact.ts';
import { artifactKey } from './artifact-key.ts';
import { lockFile } from './file-lock.ts';
import { pruneShelf } from './prune-shelf.ts';
import { removeTree } from './remove-tree.ts';

export interface ProvideOptions {
  /** See `cacheRoot`. */
  readonly cacheDir: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The folder of an artifact: `<cacheDir>/<name>/<key>`, made first where it is not there yet. Two processes (or two
 * calls in one) that want the same artifact make it once; the other waits and says so. A half-made artifact is
 * never seen: it is made beside and published by one rename, and what an interrupted maker left is cleared by the
 * next.
 *
 * The caller must not change what it gets.
 *
 * @throws KdevError `artifact-failed` when `make` fails with anything but a KdevError; `cache-not-writable`; the
 * signal's reason when aborted.
 */
export async function provideArtifact(recipe: ArtifactRecipe, options: ProvideOptions): Promise<string> {
  options.signal?.throwIfAborted();
  const key = await artifactKey(recipe);
  const shelf = path.join(options.cacheDir, recipe.name);
  const published = path.join(shelf, key);
  if (await touch(published)) return published;

  await makeShelf(shelf, options.cacheDir);
  const lock = await lockFile(path.join(shelf, `${key}.lock`), {
    signal: options.signal,
    onWait: () => options.reporter.step(`waiting for another kdev that is making ${recipe.name}`),
  });
  try {
    if (await touch(published)) return published;
    await clearInterrupted(shelf, key);
    options.reporter.step(recipe.announce);
    const into = await mkdtemp(path.join(shelf, `${key}.making-`));
    try {
      await recipe.make({ into, reporter: options.reporter, ...signalOf(options) });
      options.signal?.throwIfAborted();
      await rename(into, published);
    } catch (thrown) {
      await removeTree(into);
      options.signal?.throwIfAborted();
      throw thrown instanceof KdevError ? thrown : artifactFailed(recipe.name, thrown);
    }
    await touch(published);
    await pruneShelf(shelf);
    return published;
  } finally {
    await lock.release();
  }
}

function signalOf(options: ProvideOptions): { readonly signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}

/** Says that it was asked for now; false where it is not there. */
async function touch(folder: string): Promise<boolean> {
  const now = new Date();
  return utimes(folder, now, now).then(
    () => true,
    // Somebody else's cache may be read-only to us.
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
}

async function clearInterrupted(shelf: string, key: string): Promise<void> {
  for (const entry of await readdir(shelf)) {
    if (entry.startsWith(`${key}.making-`)) await removeTree(path.join(shelf, entry));
  }
}

async function makeShelf(shelf: string, cacheDir: string): Promise<void> {
  try {
    await mkdir(shelf, { recursive: true });
  } catch (cause) {
    throw new KdevError({
      code: 'cache-not-writable',
      fault: 'environment',
      what: `Cannot write to the cache folder ${cacheDir}.`,
      why: messageOf(cause),
      cure: 'Make it writable, or name another one in KDEV_CACHE_DIR.',
      cause,
    });
  }
}

function artifactFailed(name: string, thrown: unknown): KdevError {
  return new KdevError({
    code: 'artifact-failed',
    fault: 'environment',
    what: `Could not make ${name}.`,
    why: messageOf(thrown),
    cause: thrown,
  });
}
