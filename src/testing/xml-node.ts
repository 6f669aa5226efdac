import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element as the parser has it in the order of the document: its children under its name, a text under `#text`. */
export interface XmlNode {
  readonly [name: string]: readonly XmlNode[] | string | Readonly<Record<string, string>>;
}

const attributesKey = ':@';
const shape = { preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '' } as const;

export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly XmlNode[] = [],
): XmlNode {
  const clean = Object.entries(attributes).map(([key, value]) => [key, withoutControls(value)]);
  return { [name]: children, [attributesKey]: Object.fromEntries(clean) as Record<string, string> };
}

export function text(content: string): XmlNode {
  return { '#text': withoutControls(content) };
}

export function nameOf(node: XmlNode): string {
  return Object.keys(node).find((key) => key !== attributesKey) ?? '';
}

export function childrenOf(node: XmlNode): readonly XmlNode[] {
  const children = node[nameOf(node)];
  return Array.isArray(children) ? children : [];
}

/** The elements of a document; undefined for what is no XML. */
export function readXml(document: string): readonly XmlNode[] | undefined {
  if (XMLValidator.validate(document) !== true) return undefined;
  const parser = new XMLParser({
    ...{ ...shape, parseTagValue: false, trimValues: false, htmlEntities: true },
    ...{ ignoreDeclaration: true, ignorePiTags: true },
  });
  return withoutIndents(parser.parse(document) as readonly XmlNode[]);
}

/** White space between elements is layout; beside nothing but text it means something. */
function withoutIndents(nodes: readonly XmlNode[]): readonly XmlNode[] {
  const isText = (node: XmlNode): boolean => nameOf(node) === '#text';
  const kept = nodes.every(isText)
    ? nodes
    : nodes.filter((node) => !isText(node) || String(node['#text']).trim() !== '');
  return kept.map((node) => {
    const name = nameOf(node);
    return isText(node) ? node : { ...node, [name]: withoutIndents(childrenOf(node)) };
  });
}

export function writeXml(root: XmlNode): string {
  const builder = new XMLBuilder({ ...shape, format: true, indentBy: '  ', suppressEmptyNode: true });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build([root]).trim()}\n`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]/gu;

/** XML 1.0 has no way to write them. */
function withoutControls(content: string): string {
  return content.replaceAll(forbidden, '\u{fffd}');
}
