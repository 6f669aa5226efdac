import { readFileSync } from 'node:fs';
import { createJiti } from 'jiti';

/** Where a key stands, from 1. */
export interface KeyPlace {
  readonly line: number;
  readonly column: number;
}

/** The place of the configuration's key at `path`, or of the nearest key around it; undefined when none is found. */
export type Locate = (path: readonly (string | number)[]) => KeyPlace | undefined;

/**
 * Reads where the keys of a configuration stand, from its syntax tree. Follows constants of the same file, spreads
 * and type assertions; what is imported or computed counts as its nearest key around. Slow (10 ms), so only for a
 * configuration that has problems.
 */
export function locateKeys(file: string): Locate {
  const program = parse(file);
  if (!program) return () => undefined;
  const constants = constantsOf(program);
  const top = configOf(program, constants);
  return (path) => {
    let node = top;
    let place = node && placeOf(node);
    for (const key of path) {
      const next = node && childAt(node, key, constants);
      if (!next) break;
      place = next.place ?? place;
      node = resolve(next.value, constants);
    }
    return place;
  };
}

/** The few members of a Babel node that are looked at here. */
interface Node {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number; readonly column: number } };
  readonly body?: readonly Node[];
  readonly declaration?: Node | null;
  readonly declarations?: readonly Node[];
  readonly id?: Node;
  readonly init?: Node | null;
  readonly name?: string;
  readonly callee?: Node;
  readonly arguments?: readonly Node[];
  readonly argument?: Node;
  readonly expression?: Node;
  readonly properties?: readonly Node[];
  readonly elements?: readonly (Node | null)[];
  readonly key?: Node;
  readonly computed?: boolean;
  readonly value?: unknown;
}

type Constants = ReadonlyMap<string, Node>;

function parse(file: string): Node | undefined {
  let program: Node | undefined;
  const keepTree = () => ({
    pre(state: { readonly ast: { readonly program: Node } }) {
      program = structuredClone(state.ast.program);
    },
    visitor: {},
  });
  try {
    createJiti(file, { fsCache: false }).transform({
      source: readFileSync(file, 'utf8'),
      filename: file,
      ts: /\.[cm]?ts$/.test(file),
      async: true,
      babel: { plugins: [keepTree] },
    });
  } catch {
    // A line number is a courtesy; the problem itself is reported either way.
  }
  return program;
}

function constantsOf(program: Node): Constants {
  const declared = (program.body ?? [])
    .map((statement) =>
      statement.type === 'ExportNamedDeclaration' ? (statement.declaration ?? statement) : statement,
    )
    .flatMap((statement) => statement.declarations ?? []);
  return new Map(
    declared.flatMap(({ id, init }) => (id?.name !== undefined && init ? [[id.name, init] as const] : [])),
  );
}

function configOf(program: Node, constants: Constants): Node | undefined {
  const exported = program.body?.find(({ type }) => type === 'ExportDefaultDeclaration')?.declaration;
  const value = exported ? resolve(exported, constants) : undefined;
  if (value?.type !== 'CallExpression') return value;
  const [config] = value.arguments ?? [];
  return config && resolve(config, constants);
}

function resolve(node: Node, constants: Constants, depth = 0): Node {
  if (depth > 20) return node;
  const named = node.type === 'Identifier' && node.name !== undefined ? constants.get(node.name) : undefined;
  if (named) return resolve(named, constants, depth + 1);
  const wraps = /^(TSAsExpression|TSSatisfiesExpression|TSNonNullExpression|ParenthesizedExpression)$/;
  return wraps.test(node.type) && node.expression ? resolve(node.expression, constants, depth + 1) : node;
}

function childAt(
  node: Node,
  key: string | number,
  constants: Constants,
): { readonly value: Node; readonly place: KeyPlace | undefined } | undefined {
  if (typeof key === 'number') {
    const element = node.elements?.[key];
    return element ? { value: element, place: placeOf(element) } : undefined;
  }
  // The last one counts, as it does when the object is made.
  for (const property of [...(node.properties ?? [])].reverse()) {
    if (property.type === 'SpreadElement' && property.argument) {
      const inner = childAt(resolve(property.argument, constants), key, constants);
      if (inner) return inner;
    } else if (!property.computed && (property.key?.name ?? String(property.key?.value)) === key) {
      return { value: (property.value as Node | undefined) ?? property, place: placeOf(property) };
    }
  }
  return undefined;
}

function placeOf({ loc }: Node): KeyPlace | undefined {
  return loc && { line: loc.start.line, column: loc.start.column + 1 };
}
