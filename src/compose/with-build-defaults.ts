import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { defaultRebuildPatterns } from '../build/triggers.ts';
import type { Service } from '../core/service.ts';

/**
 * A service whose rebuild rules name what its image is really made of: what the configuration says, and what its
 * Dockerfile reads while it is built. A Dockerfile that cannot be read adds nothing; the build says what is wrong.
 */
export async function withBuildDefaults(service: Service, projectRoot: string): Promise<Service> {
  const { build } = service;
  if (build === undefined) return service;
  let dockerfile: string;
  try {
    dockerfile = await readFile(path.join(projectRoot, build.dockerfile), 'utf8');
  } catch {
    return { ...service, rebuildDefaults: [build.dockerfile] };
  }
  const { target, context, args } = build;
  const directories = await directoriesOf(path.join(projectRoot, context), dockerfile);
  const patterns = defaultRebuildPatterns({
    dockerfile,
    target,
    contextDir: context,
    dockerfilePath: build.dockerfile,
    args,
    isDirectory: (each) => each === '.' || directories.has(each),
    mapped: service.mappings.map(({ from }) => from),
  });
  return { ...service, rebuildDefaults: patterns };
}

/** Which words of a Dockerfile are directories of its context; asked beforehand, because the rule is pure. */
async function directoriesOf(context: string, dockerfile: string): Promise<ReadonlySet<string>> {
  const words = new Set(dockerfile.split(/[\s"',=[\]]+/).map((word) => word.replace(/^(\.?\/)+|\/+$/g, '')));
  const found = new Set<string>();
  for (const word of words) {
    if (word === '' || word.split('/').includes('..')) continue;
    const facts = await stat(path.join(context, word)).catch(() => undefined);
    if (facts?.isDirectory()) found.add(word);
  }
  return found;
}
