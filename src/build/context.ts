import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TreeEntry } from '../core/entry.ts';
import { KdevError, messageOf } from '../core/error.ts';
import type { ImageBuild } from '../core/service.ts';
import { scanTree } from '../tree/scan.ts';
import type { ContextDigests } from './context-digests.ts';
import { readContextRules } from './context-rules.ts';

/** Everything a build reads from this machine, as it is now. */
export interface BuildContext {
  /** Absolute. */
  readonly root: string;
  readonly dockerfile: { readonly name: string; readonly text: string };
  /** Sorted by path, so that directories come before what is in them. */
  readonly entries: readonly ContextEntry[];
  /** SHA-256 over the entries, hex. */
  readonly digest: string;
}

export interface ContextEntry {
  /** Relative to the root, spelled as in `src/core/entry.ts`. */
  readonly path: string;
  readonly entry: TreeEntry;
}

/**
 * Reads Dockerfile, ignore file (`<Dockerfile>.dockerignore` first, then the context's `.dockerignore`) and context.
 *
 * @throws KdevError `dockerfile-missing`, `context-missing`, `context-unreadable`.
 */
export async function readContext(options: {
  readonly projectRoot: string;
  readonly build: Pick<ImageBuild, 'dockerfile' | 'context' | 'command'>;
  /** Of earlier reads. @default everything is read */
  readonly digests?: ContextDigests | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<BuildContext> {
  const { build, projectRoot } = options;
  const { file: dockerfile, text } = await readDockerfile(projectRoot, build);
  const root = path.resolve(projectRoot, build.context);
  const ignoreFile = (await readIgnore(`${dockerfile}.dockerignore`)) ??
    (await readIgnore(path.join(root, '.dockerignore'))) ?? { file: '', text: '' };
  const entries = await listContext(root, ignoreFile, options);
  return { root, dockerfile: { name: path.basename(dockerfile), text }, entries, digest: digestOf(entries) };
}

/** @throws KdevError `dockerfile-missing`, `context-unreadable` */
export async function readDockerfile(
  projectRoot: string,
  { command, dockerfile }: Pick<ImageBuild, 'dockerfile' | 'command'>,
): Promise<{ readonly file: string; readonly text: string }> {
  const file = path.resolve(projectRoot, dockerfile);
  const text = await readText(file);
  // Another builder than BuildKit may do without.
  if (text === undefined && command === undefined) throw dockerfileMissing(dockerfile, file);
  return { file, text: text ?? '' };
}

async function listContext(
  root: string,
  ignore: { readonly file: string; readonly text: string },
  options: { readonly digests?: ContextDigests | undefined; readonly signal?: AbortSignal | undefined },
): Promise<ContextEntry[]> {
  const { digests, signal } = options;
  const rules = readContextRules(ignore.text, (line, pattern) => {
    throw ignoreFileInvalid(ignore, line, pattern);
  });
  const scan = await scanTree({
    root,
    ignored: (each, isDirectory) => (isDirectory ? rules.excludesAllBelow(each) : rules.excludes(each)),
    ...(digests ? { digests: digests.of(root) } : {}),
    ...(signal ? { signal } : {}),
  });
  if (scan.paths.get('.')?.entry.type !== 'dir') throw contextMissing(root);
  const [skipped] = scan.skipped.filter((each) => each.why.type !== 'special' && !rules.excludes(each.path));
  if (skipped) throw contextUnreadable(path.join(root, skipped.path), skipped.why);
  digests?.remember(root, scan.paths);

  const included = new Set<string>();
  for (const each of scan.paths.keys()) {
    if (each !== '.' && !rules.excludes(each)) include(included, each);
  }
  return [...included]
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((each) => {
      const entry = scan.paths.get(each)?.entry;
      return entry ? [{ path: each, entry }] : [];
    });
}

/** Takes a path in with the directories above it, which may be excluded themselves. */
function include(included: Set<string>, each: string): void {
  for (let at = each; at !== '.' && !included.has(at); at = path.posix.dirname(at)) included.add(at);
}

function digestOf(entries: readonly ContextEntry[]): string {
  const hash = createHash('sha256');
  for (const { path: each, entry } of entries) hash.update(`${JSON.stringify([each, entry])}\n`);
  return hash.digest('hex');
}

async function readIgnore(
  file: string,
): Promise<{ readonly file: string; readonly text: string } | undefined> {
  const text = await readText(file);
  return text === undefined ? undefined : { file, text };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw contextUnreadable(file, messageOf(error));
  }
}

function ignoreFileInvalid(
  { file, text }: { readonly file: string; readonly text: string },
  line: number,
  pattern: string,
): KdevError {
  return new KdevError({
    code: 'ignore-file-invalid',
    fault: 'user',
    what: `"${pattern}" is no pattern for an ignore file.`,
    why: 'A bracket is not closed or empty, a backslash stands at the end, or an exclamation mark alone.',
    cure: `Correct line ${line} of ${path.basename(file)}; kdev builds again when it is saved.`,
    where: `${file}:${line}`,
    source: { text, line },
  });
}

function dockerfileMissing(configured: string, where: string): KdevError {
  return new KdevError({
    code: 'dockerfile-missing',
    fault: 'user',
    what: `There is no Dockerfile at "${configured}".`,
    cure: 'Correct build.dockerfile of the service, or add the file.',
    where,
  });
}

function contextMissing(where: string): KdevError {
  return new KdevError({
    code: 'context-missing',
    fault: 'user',
    what: `The build context ${where} is not a directory.`,
    cure: 'Correct build.context of the service.',
    where,
  });
}

function contextUnreadable(where: string, why: unknown): KdevError {
  return new KdevError({
    code: 'context-unreadable',
    fault: 'user',
    what: `${where} belongs to the build context and cannot be read.`,
    why: typeof why === 'string' ? why : JSON.stringify(why),
    cure: 'Make it readable, or leave it out in .dockerignore.',
    where,
  });
}
