import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';

/** Why a path of the tree is not written; the others are. */
export class PlaceProblem extends Error {}

/**
 * Makes the directories above a path inside the root, and returns where the path is. A link on the way is not followed:
 * what a container names must not end up outside.
 *
 * @throws PlaceProblem
 */
export async function makeParents(root: string, localPath: string): Promise<string> {
  const parts = localPath.split('/');
  const name = parts.pop() ?? '';
  let dir = root;
  for (const part of parts) {
    dir = path.join(dir, part);
    const stats = await lstat(dir).catch(absent);
    if (stats === undefined) await mkdir(dir);
    else if (stats.isSymbolicLink()) throw new PlaceProblem(`${dir} is a link, which is not followed`);
    else if (!stats.isDirectory()) throw new PlaceProblem(`${dir} is no folder here`);
  }
  return path.join(dir, name);
}

/** What is at a path now: its digest, with the kind in it; undefined where nothing is. @throws PlaceProblem */
export async function digestAt(root: string, localPath: string): Promise<string | undefined> {
  const file = path.join(root, localPath);
  const stats = await lstat(file).catch(absent);
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) return linkDigest(await readlink(file));
  if (stats.isDirectory()) throw new PlaceProblem('it is a folder here');
  if (!stats.isFile()) throw new PlaceProblem('it is no file here');
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return fileDigest(hash.digest('hex'), (stats.mode & 0o111) !== 0);
}

export function fileDigest(sha256: string, exec: boolean): string {
  return `file ${exec ? 'x' : '-'} ${sha256}`;
}

export function linkDigest(target: string): string {
  return `link ${target}`;
}

/** Puts a finished draft in place, at once and whole. */
export async function putFile(draft: string, target: string): Promise<void> {
  await rename(draft, target);
}

/** @throws PlaceProblem for a link that leads out of the root */
export async function putLink(root: string, target: string, linkTarget: string): Promise<void> {
  const leadsTo = path.resolve(path.dirname(target), linkTarget);
  if (path.isAbsolute(linkTarget) || !`${leadsTo}/`.startsWith(`${root}/`)) {
    throw new PlaceProblem(`it is a link that leads out of the project, to ${linkTarget}`);
  }
  const draft = draftOf(target);
  await rm(draft, { force: true });
  await symlink(linkTarget, draft);
  await rename(draft, target);
}

/** A name that the watcher takes for what it is: something on its way. */
export function draftOf(target: string): string {
  return `${target}.tmp.${process.pid}`;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
