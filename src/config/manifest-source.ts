import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import micromatch from 'micromatch';
import type { ManifestSource } from '../core/service.ts';
import type { ConfigProblem } from './config-problem.ts';

const kustomizations = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const manifestName = /\.(ya?ml|json)$/;

/**
 * What a `manifests` option stands for, from what lies on the disk now. Files come sorted by name within one entry.
 */
export function manifestSource(
  root: string,
  given: string | readonly string[],
  at: readonly (string | number)[],
): { readonly source: ManifestSource } | { readonly problems: readonly ConfigProblem[] } {
  const entries = typeof given === 'string' ? [given] : given;
  const files: string[] = [];
  const problems: ConfigProblem[] = [];
  for (const [index, entry] of entries.entries()) {
    const place = typeof given === 'string' ? at : [...at, index];
    const found = filesOf(root, entry);
    if ('dir' in found && entries.length === 1) return { source: { type: 'kustomize', dir: found.dir } };
    if ('dir' in found) {
      problems.push({
        path: place,
        message: `${entry} is a kustomization and stands in a list; give it alone`,
      });
    } else if ('problem' in found) problems.push({ path: place, message: found.problem });
    else files.push(...found.files);
  }
  return problems.length > 0 ? { problems } : { source: { type: 'yaml', files: [...new Set(files)] } };
}

type Found = { readonly dir: string } | { readonly files: readonly string[] } | { readonly problem: string };

function filesOf(root: string, entry: string): Found {
  const absolute = path.resolve(root, entry);
  const relative = path.relative(root, absolute).split(path.sep).join('/') || '.';
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats?.isFile()) {
    return kustomizations.includes(path.basename(absolute))
      ? { dir: path.posix.dirname(relative) }
      : { files: [relative] };
  }
  if (stats?.isDirectory()) {
    const names = readdirSync(absolute);
    if (names.some((name) => kustomizations.includes(name))) return { dir: relative };
    const files = names.filter((name) => manifestName.test(name)).sort();
    return files.length > 0
      ? { files: files.map((name) => path.posix.join(relative, name)) }
      : { problem: `${entry} holds neither a kustomization.yaml nor any .yaml, .yml or .json file` };
  }
  const { base, isGlob } = micromatch.scan(relative);
  if (!isGlob) return { problem: `${entry} does not exist in ${root}` };
  const files = globFiles(root, base, relative);
  return files.length > 0 ? { files } : { problem: `no file matches ${entry} in ${root}` };
}

function globFiles(root: string, base: string, glob: string): readonly string[] {
  const matches = micromatch.matcher(glob, { dot: true });
  const folder = path.resolve(root, base);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => matches(file))
    .sort();
}
