const directive = /^#\s*([a-z]+)\s*=\s*(.+?)\s*$/i;
/** Stable Dockerfile 1.x, which the builder's own frontend is. */
const builtIn = /^(?:docker\.io\/)?docker\/dockerfile:1(?:\.\d+){0,2}$/i;

/**
 * The frontend that a Dockerfile's `# syntax=` asks for, as it is written there. It is one of the parser directives,
 * which end with the first line that is none.
 */
export function frontendOf(
  dockerfile: string,
): { readonly name: string; readonly builtIn: boolean } | undefined {
  for (const line of dockerfile.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const [, key, name] = directive.exec(line) ?? [];
    if (key === undefined || name === undefined) return undefined;
    if (key.toLowerCase() === 'syntax') return { name, builtIn: builtIn.test(name) };
  }
  return undefined;
}
