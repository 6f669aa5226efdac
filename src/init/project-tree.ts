import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A folder as `kdev init` sees it: what people wrote, without what tools put there. */
export interface ProjectTree {
  readonly root: string;
  /** Relative to the root, `/`-separated, sorted. */
  readonly files: readonly string[];
  hasFile(file: string): boolean;
  hasFolder(folder: string): boolean;
  read(file: string): string;
}

/** Where nobody keeps sources, Dockerfiles or manifests of their own. */
const foreign =
  /^(?:\..*|node_modules|bower_components|vendor|venv|env|__pycache__|site-packages|target|dist|build|coverage|.*\.egg-info)$/;
const mostFolders = 5_000;

export function readTree(root: string): ProjectTree {
  const files: string[] = [];
  const folders = new Set(['.']);
  const waiting = [''];
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    for (const entry of entriesOf(path.join(root, folder))) {
      const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile()) files.push(relative);
      if (!entry.isDirectory()) continue;
      folders.add(relative);
      if (!foreign.test(entry.name) && folders.size < mostFolders) waiting.push(relative);
    }
  }
  const known = new Set(files);
  return {
    root,
    files: files.sort(),
    hasFile: (file) => known.has(file),
    hasFolder: (folder) => folders.has(folder),
    read: (file) => readFileSync(path.join(root, file), 'utf8'),
  };
}

/** A folder that cannot be read holds nothing for us. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
