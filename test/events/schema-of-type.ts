import path from 'node:path';
import ts from 'typescript';

/** The part of JSON Schema (draft 2020-12) that kdev's documents need. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

const repository = path.resolve(import.meta.dirname, '..', '..');

/** The schema of an exported type of the project, with closed objects: the type says what JSON may hold. */
export function schemaOfType(file: string, name: string): JsonSchema {
  const absolute = path.join(repository, file);
  const program = ts.createProgram([absolute], {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(absolute);
  const module = source && checker.getSymbolAtLocation(source);
  const symbol = module && checker.getExportsOfModule(module).find((each) => each.name === name);
  if (!symbol) throw new Error(`${file} exports no ${name}`);
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  if (type.flags & ts.TypeFlags.Any) throw new Error(`${file}: ${name} is unknown to the compiler`);
  return schemaOf(type, checker);
}

function schemaOf(type: ts.Type, checker: ts.TypeChecker): JsonSchema {
  if (type.flags & ts.TypeFlags.String) return { type: 'string' };
  if (type.flags & ts.TypeFlags.Number) return { type: 'number' };
  if (type.flags & ts.TypeFlags.Boolean) return { type: 'boolean' };
  if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
  if (type.isStringLiteral()) return { const: type.value };
  if (type.isUnion()) return schemaOfUnion(type.types, checker);
  if (checker.isArrayType(type)) {
    const [item] = checker.getTypeArguments(type as ts.TypeReference);
    if (item) return { type: 'array', items: schemaOf(item, checker) };
  }
  if (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return schemaOfObject(type, checker);
  throw new Error(`${checker.typeToString(type)} has no schema`);
}

/** Texts become an `enum`, objects that `event` tells apart a `oneOf`, anything else an `anyOf`. */
function schemaOfUnion(types: readonly ts.Type[], checker: ts.TypeChecker): JsonSchema {
  const isBoolean = (type: ts.Type): boolean => (type.flags & ts.TypeFlags.BooleanLiteral) !== 0;
  const schemas = types
    .filter((type) => !(type.flags & ts.TypeFlags.Undefined) && !isBoolean(type))
    .map((type) => schemaOf(type, checker));
  if (types.some(isBoolean)) schemas.push({ type: 'boolean' });
  const [only] = schemas;
  if (only && schemas.length === 1) return only;
  const texts = schemas.flatMap((schema) => schema.const ?? []);
  if (texts.length === schemas.length) return { enum: texts.sort() };
  return schemas.every((schema) => schema.properties?.['event']?.const !== undefined)
    ? { oneOf: schemas }
    : { anyOf: schemas };
}

function schemaOfObject(type: ts.Type, checker: ts.TypeChecker): JsonSchema {
  const members = checker.getPropertiesOfType(type);
  const isOptional = (member: ts.Symbol): boolean => (member.flags & ts.SymbolFlags.Optional) !== 0;
  return {
    type: 'object',
    properties: Object.fromEntries(
      members.map((member) => {
        const description = ts.displayPartsToString(member.getDocumentationComment(checker));
        const schema = schemaOf(checker.getTypeOfSymbol(member), checker);
        return [member.name, description === '' ? schema : { description, ...schema }];
      }),
    ),
    required: members.filter((member) => !isOptional(member)).map(({ name }) => name),
    additionalProperties: false,
  };
}
