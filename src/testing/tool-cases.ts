import { childrenOf, nameOf, readXml, type XmlNode } from './xml-node.ts';

/** What a tool's own JUnit report holds. */
export interface ToolCases {
  readonly cases: readonly XmlNode[];
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

/** The `testcase`s of a report, however deep its suites are; undefined when it is none or has none. */
export function readCases(report: string): ToolCases | undefined {
  const cases = casesIn(readXml(report) ?? []);
  if (cases.length === 0) return undefined;
  const having = (name: string): number =>
    cases.filter((each) => childrenOf(each).some((child) => nameOf(child) === name)).length;
  return { cases, failures: having('failure'), errors: having('error'), skipped: having('skipped') };
}

function casesIn(nodes: readonly XmlNode[]): readonly XmlNode[] {
  return nodes.flatMap((node) => {
    switch (nameOf(node)) {
      case 'testcase':
        return [node];
      case 'testsuites':
      case 'testsuite':
        return casesIn(childrenOf(node));
      default:
        return [];
    }
  });
}
