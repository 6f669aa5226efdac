import path from 'node:path';
import { globOfEndings, type Language } from './languages.ts';
import type { ProjectTree } from './project-tree.ts';

/** Folders whose files do not run in the app. */
const aside = /^(?:tests?|specs?|__tests__|docs?|static|public|assets|templates|examples?|scripts?)$/i;

/**
 * Globs of the sources that an app runs, below a path that is copied: of the language's files where it is known, else
 * of all.
 *
 * @param options.apart folder by folder, because tools put files of the same endings beside the sources
 */
export function sourceGlobs(
  tree: ProjectTree,
  from: string,
  language: Language | undefined,
  options: { readonly withAside?: boolean; readonly apart?: boolean } = {},
): readonly string[] {
  const name = language ? globOfEndings(language) : '*';
  const below = (folder: string): string => (folder === '.' ? `**/${name}` : `${folder}/**/${name}`);
  const isAside = (folder: string): boolean => !options.withAside && aside.test(path.posix.basename(folder));
  if (tree.hasFile(from)) return isSource(from, language) ? [from] : [];
  if (isAside(from)) return [];
  if (!options.apart || language?.leftovers.length === 0) return [below(from)];
  const inside = tree.files.filter(
    (file) => (from === '.' || file.startsWith(`${from}/`)) && isSource(file, language) && !isOwn(file),
  );
  const names = inside.map((file) => (from === '.' ? file : file.slice(from.length + 1)));
  const folders = new Set(names.flatMap((each) => (each.includes('/') ? [each.split('/')[0] ?? ''] : [])));
  return [
    ...(names.some((each) => !each.includes('/')) ? [path.posix.join(from, name)] : []),
    ...[...folders]
      .filter((folder) => !isAside(folder))
      .map((folder) => below(path.posix.join(from, folder))),
  ];
}

function isSource(file: string, language: Language | undefined): boolean {
  return language === undefined || language.endings.includes(path.posix.extname(file).slice(1));
}

function isOwn(file: string): boolean {
  return path.posix.basename(file).startsWith('dev.config.');
}
