import { readFile } from 'node:fs/promises';
import { join, normalize, relative, resolve } from 'node:path';
import { KdevError } from '../core/error.ts';
import { parseManifests } from './parse-manifests.ts';

/**
 * What kustomize says about a failed build, as an error that names file and line. kustomize gives the line of a YAML
 * error for some files, for a patch not even that: the files it names are parsed again to find the place.
 */
export async function kustomizeError(options: {
  readonly root: string;
  readonly dir: string;
  readonly output: string;
}): Promise<KdevError> {
  const words = plainWords(options.output);
  const candidates = namedFiles(options.root, options.dir, words);
  for (const file of candidates) {
    const broken = await firstYamlError(options.root, file);
    if (broken) return broken;
  }
  const line = /\bline (\d+)\b/.exec(words)?.[1];
  const [file] = candidates;
  return new KdevError({
    code: 'manifest-invalid',
    fault: 'user',
    what: `kustomize could not build ${options.dir}.`,
    why: words.endsWith('.') ? words : `${words}.`,
    cure: 'Correct the kustomization or the file it names.',
    where: file === undefined ? options.dir : line === undefined ? file : `${file}:${line}`,
  });
}

/** Takes off what the programs wrap around the message: `Error: …`, `error: …` and klog's `… err="…"`. */
function plainWords(output: string): string {
  const text = output.trim();
  const quoted = /\berr=("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  if (quoted !== undefined) return String(JSON.parse(quoted)).trim();
  const block = /\berr=<\n([\s\S]*)\n\s*>$/.exec(text)?.[1];
  return (block ?? text)
    .replace(/^error: /i, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

/** The files a message speaks of, relative to the root, the innermost first: kustomize nests from the outside in. */
function namedFiles(root: string, dir: string, words: string): readonly string[] {
  const bases = [dir];
  const found: string[] = [];
  for (const [, absolute] of words.matchAll(/recursed accumulation of path '([^']+)'/g)) {
    if (absolute !== undefined) bases.push(relative(root, absolute));
  }
  const base = bases.at(-1) ?? dir;
  const mentioned = words.matchAll(/(?:from '|in File: |path: "?|path\(|lstat )([^\s'")`:]+)/g);
  for (const [, name] of mentioned) {
    if (name === undefined || !/\.(ya?ml|json)$/.test(name)) continue;
    const file = normalize(relative(root, resolve(root, base, name)));
    if (!found.includes(file)) found.unshift(file);
  }
  if (/invalid Kustomization|unknown field/i.test(words)) {
    for (const name of ['Kustomization', 'kustomization.yml', 'kustomization.yaml']) {
      found.unshift(normalize(join(base, name)));
    }
  }
  return found;
}

async function firstYamlError(root: string, file: string): Promise<KdevError | undefined> {
  let text: string;
  try {
    text = await readFile(resolve(root, file), 'utf8');
  } catch {
    // Not a file of the tree: kustomize's own words are all there is.
    return undefined;
  }
  try {
    parseManifests({ text, file });
    return undefined;
  } catch (error) {
    const isSyntax =
      error instanceof KdevError && !/^(The .* that begins here|Expected)/.test(error.why ?? '');
    return isSyntax ? error : undefined;
  }
}
