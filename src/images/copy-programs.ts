import { copyFile, lstat, mkdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { KdevError } from '../core/error.ts';
import { readElf } from './elf.ts';

export interface CopyProgramsOptions {
  /** A root file system to take programs and libraries from. */
  readonly from: string;
  /** The root file system that they go into, under the same paths. */
  readonly into: string;
  /** Absolute paths inside `from`. */
  readonly programs: readonly string[];
  /** Host files that bring their own program: only their libraries come from `from`. */
  readonly linked?: readonly string[];
}

/**
 * Copies programs with every library they are linked to, and nothing else: an image of a few files is pulled and
 * unpacked faster than one of packages. Nothing is run, so it works for any processor. Libraries that a program
 * opens by itself (plug-ins) must be named in `programs`.
 *
 * @throws KdevError `image-library-missing`.
 */
export async function copyPrograms(options: CopyProgramsOptions): Promise<void> {
  const waiting = [...options.programs];
  for (const file of options.linked ?? []) waiting.push(...(await linkedTo(file, options.from)));
  const copied = new Set<string>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (copied.has(file)) continue;
    copied.add(file);
    const source = await insideRoot(options.from, file);
    const target = path.join(options.into, file);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(source, target);
    waiting.push(...(await linkedTo(source, options.from)));
  }
}

async function linkedTo(file: string, root: string): Promise<string[]> {
  const elf = readElf(await readFile(file));
  if (!elf) return [];
  const found = elf.interpreter === undefined ? [] : [elf.interpreter];
  const triplet = elf.architecture === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  for (const name of elf.needed) {
    // The loader is also listed as a library; its path is the interpreter's.
    if (elf.interpreter !== undefined && path.basename(elf.interpreter) === name) continue;
    found.push(await findLibrary(root, name, triplet, file));
  }
  return found;
}

async function findLibrary(root: string, name: string, triplet: string, neededBy: string): Promise<string> {
  for (const folder of [`/lib/${triplet}`, `/usr/lib/${triplet}`, '/lib64', '/lib', '/usr/lib']) {
    const file = path.join(folder, name);
    if (await lstat(path.join(root, file)).catch(() => undefined)) return file;
  }
  throw new KdevError({
    code: 'image-library-missing',
    fault: 'kdev',
    what: `${path.basename(neededBy)} needs ${name}, which no package of the image has.`,
  });
}

/** Follows the links at the end of a path, absolute ones inside the root too, as a process in it would. */
async function insideRoot(root: string, file: string): Promise<string> {
  let inRoot = file;
  for (let hops = 0; hops < 8; hops++) {
    const link = await readlink(path.join(root, inRoot)).catch(() => undefined);
    if (link === undefined) break;
    inRoot = path.resolve(path.dirname(inRoot), link);
  }
  return path.join(root, inRoot);
}
