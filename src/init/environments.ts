import path from 'node:path';
import { parse } from 'yaml';
import type { ProjectTree } from './project-tree.ts';
import { type ManifestObject, readObjects } from './workloads.ts';

export interface FoundEnvironment {
  readonly name: string;
  /** As the configuration says it. */
  readonly manifests: string | readonly string[];
  readonly protected: boolean;
  readonly objects: readonly ManifestObject[];
}

interface Kustomization {
  readonly dir: string;
  readonly file: string;
  readonly resources: readonly string[];
  readonly isComponent: boolean;
}

const kustomizationNames = /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/;
const manifestNames = /\.(?:ya?ml|json)$/;
/** Variants that are not one person's own. */
const shared = /prod|live|stag|preview|uat|release/;
const personal = ['local', 'dev', 'develop', 'development', 'minikube', 'kind', 'default'];

/**
 * The variants of the manifests in a tree: its kustomizations that no other one builds upon, else its folders of plain
 * manifests. Empty when there are none. The one to develop in comes first and is called `local`.
 */
export function findEnvironments(tree: ProjectTree): readonly FoundEnvironment[] {
  const kustomizations = tree.files
    .filter((file) => kustomizationNames.test(file))
    .map((file) => readKustomization(tree, file));
  const found = kustomizations.length > 0 ? ofKustomizations(tree, kustomizations) : ofFolders(tree);
  return withLocal(found.filter(({ objects }) => objects.some(({ containers }) => containers.length > 0)));
}

function readKustomization(tree: ProjectTree, file: string): Kustomization {
  const dir = path.posix.dirname(file);
  let content: Readonly<Record<string, unknown>> = {};
  try {
    content = (parse(tree.read(file)) as Readonly<Record<string, unknown>> | null) ?? {};
  } catch {
    // kustomize itself says what is wrong with it.
  }
  const list = (key: string): readonly string[] => {
    const value = content[key];
    return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
  };
  const resources = [...list('resources'), ...list('bases'), ...list('components')];
  return {
    dir,
    file,
    resources: resources.map((each) => path.posix.join(dir, each).replace(/\/$/, '')),
    isComponent: content['kind'] === 'Component',
  };
}

function ofKustomizations(tree: ProjectTree, all: readonly Kustomization[]): readonly FoundEnvironment[] {
  const used = new Set(all.flatMap(({ resources }) => resources));
  const roots = all.filter(({ dir, isComponent }) => !isComponent && !used.has(dir));
  const found = roots.map(({ dir }) => environment(nameOf(dir), dir, objectsOf(tree, all, dir)));
  const names = found.map(({ name }) => name);
  const isPersonal = found.some(({ name }) => personal.includes(name));
  // Nobody develops in production: what all variants have in common is a variant of its own then.
  const base = all.find(({ dir, isComponent }) => !isComponent && used.has(dir));
  const common =
    isPersonal || !base || found.some(({ name }) => !shared.test(name))
      ? []
      : [environment('local', base.dir, objectsOf(tree, all, base.dir))];
  return names.length === 1 && common.length === 0 && !shared.test(names[0] ?? '')
    ? found.map((only) => ({ ...only, name: 'local' }))
    : [...common, ...found];
}

/** The objects of a kustomization and of all that it builds upon. */
function objectsOf(
  tree: ProjectTree,
  all: readonly Kustomization[],
  dir: string,
  seen = new Set<string>(),
): readonly ManifestObject[] {
  const kustomization = all.find((each) => each.dir === dir);
  if (!kustomization || seen.has(dir)) return [];
  seen.add(dir);
  return kustomization.resources.flatMap((resource) =>
    tree.hasFile(resource) ? readObjects(tree, resource) : objectsOf(tree, all, resource, seen),
  );
}

/** Plain manifests: all in one environment, or one a folder where folders hold the same objects. */
function ofFolders(tree: ProjectTree): readonly FoundEnvironment[] {
  const folders = new Map<string, ManifestObject[]>();
  for (const file of tree.files.filter((each) => manifestNames.test(each))) {
    const objects = readObjects(tree, file);
    const dir = path.posix.dirname(file);
    if (objects.length > 0) folders.set(dir, [...(folders.get(dir) ?? []), ...objects]);
  }
  const everything = [...folders.values()].flat();
  if (everything.length === 0) return [];
  const titles = everything.map(({ kind, name }) => `${kind}/${name}`);
  const areVariants = new Set(titles).size < titles.length && folders.size > 1;
  if (areVariants) {
    return [...folders].map(([dir, objects]) =>
      environment(nameOf(dir), manifestsOf(tree, dir, objects), objects),
    );
  }
  const manifests = [...folders].flatMap(([dir, objects]) => manifestsOf(tree, dir, objects));
  const [only] = manifests;
  return [environment('local', manifests.length === 1 && only !== undefined ? only : manifests, everything)];
}

/** The folder where it holds nothing but manifests, else its files that are some. */
function manifestsOf(
  tree: ProjectTree,
  dir: string,
  objects: readonly ManifestObject[],
): string | readonly string[] {
  const used = [...new Set(objects.map(({ file }) => file))];
  const all = tree.files.filter((file) => path.posix.dirname(file) === dir && manifestNames.test(file));
  if (all.length === used.length && dir !== '.') return dir;
  return used.length === 1 && used[0] !== undefined ? used[0] : used;
}

function environment(
  name: string,
  manifests: string | readonly string[],
  objects: readonly ManifestObject[],
): FoundEnvironment {
  return { name, manifests, protected: shared.test(name), objects };
}

function nameOf(dir: string): string {
  const name = path.posix.basename(dir === '.' ? 'local' : dir).toLowerCase();
  return name.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'local';
}

/** A command without `--env` works in `local`: the variant for developing is called so and stands first. */
function withLocal(found: readonly FoundEnvironment[]): readonly FoundEnvironment[] {
  const best = personal.map((name) => found.find((each) => each.name === name)).find((each) => each);
  const first = best ?? found.find((each) => !each.protected);
  if (!first) return found;
  const others = found.filter((each) => each !== first && each.name !== 'local');
  return [{ ...first, name: 'local' }, ...others];
}
