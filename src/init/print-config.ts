import type { ProposedConfig } from './proposal.ts';

const lineWidth = 100;

/** The text of a `dev.config.ts`, as a person would write it. */
export function printConfig(config: ProposedConfig): string {
  return `import { defineConfig } from 'kdev';\n\nexport default defineConfig(${print(config, [])});\n`;
}

type KeyPath = readonly string[];

/** On one line where it fits; the outline of a configuration always takes several. */
function print(value: unknown, at: KeyPath): string {
  if (Array.isArray(value)) {
    return lines(
      '[',
      value.map((each) => print(each, [...at, ''])),
      ']',
      at,
    );
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, each]) => `${keyOf(key)}: ${print(each, [...at, key])}`);
    return lines('{', entries, '}', at);
  }
  return typeof value === 'string' ? quote(value) : JSON.stringify(value);
}

function lines(open: string, parts: readonly string[], close: string, at: KeyPath): string {
  const space = open === '{' ? ' ' : '';
  const line = `${open}${space}${parts.join(', ')}${space}${close}`;
  const indent = '  '.repeat(at.length);
  const key = at.at(-1) ?? '';
  const fits = indent.length + key.length + 2 + line.length + 1 <= lineWidth && !line.includes('\n');
  if (fits && !isOutline(at)) return line;
  return `${open}\n${parts.map((part) => `${indent}  ${part},\n`).join('')}${indent}${close}`;
}

function isOutline([first, second, third]: KeyPath): boolean {
  if (first === undefined) return true;
  return second === undefined
    ? first === 'environments' || first === 'services'
    : first === 'services' && third === undefined;
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}
