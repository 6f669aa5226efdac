import { type Document, LineCounter, parseAllDocuments, type Tags, visit } from 'yaml';
import { KdevError, type SourcePlace } from '../core/error.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';

/** Types of YAML 1.1 that Kubernetes' own parser does not know: `22:22` and `2026-01-02` are strings there. */
const unknownToKubernetes = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
  'tag:yaml.org,2002:set',
]);
const sexagesimal = 'TIME';

function kubernetesTags(tags: Tags): Tags {
  const known = tags.filter(
    (tag) => typeof tag === 'string' || !(unknownToKubernetes.has(tag.tag) || isSexagesimal(tag)),
  );
  return [...known, 'intOct'];
}

function isSexagesimal(tag: object): boolean {
  return (tag as { format?: string }).format === sexagesimal;
}

/**
 * Reads a file of manifests, YAML or JSON, as kubectl does: YAML 1.1, several documents, `List`s taken apart, empty
 * documents ignored.
 *
 * @param file how errors call it
 * @throws `manifest-invalid` with file, line and column
 */
export function parseManifests(options: {
  readonly text: string;
  readonly file: string;
}): readonly KubernetesObject[] {
  const { text, file } = options;
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col: column } = lines.linePos(offset);
    return { file, source: { text, line, column } };
  };
  const documents = parseAllDocuments(text, {
    version: '1.1',
    customTags: kubernetesTags,
    lineCounter: lines,
    prettyErrors: false,
    maxAliasCount: -1,
  } as Parameters<typeof parseAllDocuments>[1]) as Document.Parsed[];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw invalid(`${capitalise(error.message)}.`, placeAt(error.pos[0]));
    const start = document.contents?.range[0] ?? document.range[0];
    return objectsOf(toPlain(document, placeAt), placeAt(start));
  });
}

interface Place {
  readonly file: string;
  readonly source: SourcePlace;
}

function toPlain(document: Document.Parsed, placeAt: (offset: number) => Place): unknown {
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const place = placeAt(alias.range?.[0] ?? document.range[0]);
      throw invalid(`There is no anchor &${alias.source} before this alias.`, place);
    },
  });
  return document.toJS();
}

function objectsOf(value: unknown, place: Place): readonly KubernetesObject[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalid(
      `Expected an object with apiVersion and kind, got ${JSON.stringify(value).slice(0, 60)}.`,
      place,
    );
  }
  const object = value as Partial<KubernetesObject> & { readonly items?: unknown };
  for (const field of ['apiVersion', 'kind'] as const) {
    if (typeof object[field] !== 'string' || object[field] === '') {
      throw invalid(`The object that begins here has no "${field}".`, place);
    }
  }
  if (object.kind?.endsWith('List') && Array.isArray(object.items)) {
    return object.items.flatMap((item) => objectsOf(item, place));
  }
  const name: unknown = object.metadata?.name;
  if (typeof name !== 'string' || name === '') {
    throw invalid(`The ${object.kind} that begins here has no "metadata.name".`, place);
  }
  return [object as KubernetesObject];
}

function capitalise(text: string): string {
  return (text.charAt(0).toUpperCase() + text.slice(1)).replace(/\.$/, '');
}

function invalid(why: string, { file, source }: Place): KdevError {
  return new KdevError({
    code: 'manifest-invalid',
    fault: 'user',
    what: `The manifest ${file} is not valid.`,
    why,
    cure: 'Correct it at the place named.',
    where: `${file}:${source.line}:${source.column ?? 1}`,
    source,
  });
}
