import { readdirSync, rmSync } from 'node:fs';
import { sameEntry, type TreeEntry } from '../../src/core/entry.ts';
import type { PathProblem } from '../../src/core/replica-facts.ts';
import { fromFsBytes } from '../../src/tree/path-bytes.ts';
import type { MappingFacts } from '../../src/wire/messages.ts';
import type { ContainerFiles } from '../files/container-files.ts';
import type { Directory } from '../files/directory.ts';
import type { FileAccess } from '../files/file-access.ts';
import { errnoOf, PathError, problemOf } from '../files/path-error.ts';
import { readEntry } from '../files/read-entry.ts';
import { isStageName, ownStagePrefix } from '../files/stage-directory.ts';
import { Slice } from '../slice.ts';
import type { ManagedPaths } from './managed-paths.ts';

export interface ListedPath {
  readonly path: string;
  readonly entry: TreeEntry;
  readonly known: boolean;
}

export interface ListOptions {
  readonly files: ContainerFiles;
  readonly managed: ManagedPaths;
  readonly mappings: readonly MappingFacts[];
  readonly emit: (listed: ListedPath) => void;
  /** Resolves when what was emitted is on its way. */
  readonly drained: () => Promise<void>;
}

/**
 * Everything below the mappings, a directory before what is in it; the mapped directories themselves are left out.
 * Returns what could not be read: it may be there all the same.
 */
export async function listTree(options: ListOptions): Promise<PathProblem[]> {
  const problems: PathProblem[] = [];
  const slice = new Slice();
  const directories: string[] = [];
  for (const { path, kind } of options.mappings) {
    if (kind === 'dir') directories.push(path);
    else guard(problems, path, () => options.files.use((access) => listFile(access, path, options)));
  }
  const seen = new Set<string>();
  for (let path = directories.pop(); path !== undefined; path = directories.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    let names: string[] | undefined;
    do {
      if (slice.over) await options.drained().then(() => slice.breathe());
      guard(problems, path, () =>
        options.files.use((access) => {
          const directory = access.directory(path);
          names ??= namesIn(directory);
          for (let name = names.pop(); name !== undefined; name = names.pop()) {
            const child = path === '/' ? `/${name}` : `${path}/${name}`;
            guard(problems, child, () => {
              if (listChild(directory, name, child, options)?.type === 'dir') directories.push(child);
            });
            if (slice.over) return;
          }
        }),
      );
    } while (names !== undefined && names.length > 0);
  }
  return problems;
}

function listFile(access: FileAccess, path: string, options: ListOptions): void {
  const { parent, name } = access.place(path);
  listChild(parent, name, path, options);
}

function listChild(
  parent: Directory,
  name: string,
  path: string,
  { managed, emit }: ListOptions,
): TreeEntry | undefined {
  const known = managed.get(path);
  const read = readEntry(parent, name, known);
  if (read === undefined) return undefined;
  if (known !== undefined && known.stamp === undefined && sameEntry(known.entry, read.entry)) {
    managed.put(path, { ...known, stamp: read.stamp });
  }
  const cameBack = sameEntry(managed.tombstone(path)?.entry, read.entry);
  emit({ path, entry: read.entry, known: known !== undefined || cameBack });
  return read.entry;
}

/** Names in a directory without kdev's own; what an agent before this one left staged here goes. */
function namesIn(directory: Directory): string[] {
  const names: string[] = [];
  for (const bytes of readdirSync(directory.self, { encoding: 'buffer' })) {
    const name = fromFsBytes(bytes);
    if (!isStageName(name)) names.push(name);
    else if (!name.startsWith(ownStagePrefix)) rmSync(directory.at(name), { recursive: true, force: true });
  }
  return names;
}

/** A path that vanished while it was read is no problem, everything else that fails is one. */
function guard(problems: PathProblem[], path: string, run: () => void): void {
  try {
    run();
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return;
    if (errnoOf(thrown) === undefined && !(thrown instanceof PathError)) throw thrown;
    problems.push(problemOf(path, thrown));
  }
}
