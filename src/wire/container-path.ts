/** Linux' limits for a path and for one name in it, bytes. */
const maxPathBytes = 4095;
const maxNameBytes = 255;

/**
 * Why a text is no absolute, normalised path (`/a/b`, or `/` itself), in words that follow "it"; undefined when it
 * is one. Spelled as in `src/core/entry.ts`.
 */
export function whyNoContainerPath(text: string): string | undefined {
  if (!text.startsWith('/')) return 'is not absolute';
  if (text === '/') return undefined;
  if (text.includes('\0')) return 'holds a NUL';
  if (text.length > maxPathBytes) return 'is too long';
  for (const name of text.slice(1).split('/')) {
    if (name === '') return 'has an empty part';
    if (name === '.' || name === '..') return `has the part ${name}`;
    if (name.length > maxNameBytes) return 'has a part that is too long';
  }
  return undefined;
}
