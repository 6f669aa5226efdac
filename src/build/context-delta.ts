import { createHash } from 'node:crypto';
import { sameEntry } from '../core/entry.ts';
import { toFsPath } from '../tree/path-bytes.ts';
import type { BuildContext, ContextEntry } from './context.ts';

/** How the builder's store is told of a context; see `request` in images/builder/kdev-build/serve.go. */
export interface ToldContext {
  readonly source: string;
  readonly tree: string;
  readonly base?: string;
  readonly entries: readonly object[];
  readonly gone?: readonly string[];
}

/** By what differs from `base`, which the store had once; whole without one. */
export function tellContext(
  source: string,
  context: BuildContext,
  base: BuildContext | undefined,
): ToldContext {
  const told = {
    source: createHash('sha256').update(source).digest('hex').slice(0, 16),
    tree: context.digest,
  };
  if (!base) return { ...told, entries: tellEntries(context.entries) };
  const before = new Map(base.entries.map(({ path, entry }) => [path, entry]));
  const changed: ContextEntry[] = [];
  for (const each of context.entries) {
    if (!sameEntry(before.get(each.path), each.entry)) changed.push(each);
    before.delete(each.path);
  }
  const gone = [...before.keys()];
  // JSON knows text only, and a list of bytes is not worth having for what is gone.
  if (gone.some((path) => typeof toFsPath(path) !== 'string')) return tellContext(source, context, undefined);
  return { ...told, base: base.digest, entries: tellEntries(changed), gone };
}

export function tellEntries(entries: readonly ContextEntry[]): readonly object[] {
  return entries.map(({ path, entry }) => ({
    ...spell('path', path),
    ...entry,
    ...(entry.type === 'link' ? spell('target', entry.target) : {}),
  }));
}

/** A name that is not UTF-8 goes as base64. */
function spell(key: string, text: string): object {
  const bytes = toFsPath(text);
  return typeof bytes === 'string'
    ? { [key]: bytes }
    : { [key]: '', [`${key}Bytes`]: bytes.toString('base64') };
}
