/** A path of a container, as its restarter tells it. */
export interface ListedFile {
  /** Absolute in the container. */
  readonly path: string;
  readonly type: 'file' | 'link';
  readonly size: number;
}

/** Reads what `restarter list` printed. It comes from a container: a line that is anything else is left out. */
export function parseListing(text: string): readonly ListedFile[] {
  return text.split('\n').flatMap((line) => {
    const listed = parseLine(line);
    return listed === undefined ? [] : [listed];
  });
}

function parseLine(line: string): ListedFile | undefined {
  try {
    const { path, type, size } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const isPath = typeof path === 'string' && path.startsWith('/') && !path.includes('\0');
    if (!isPath || (type !== 'file' && type !== 'link')) return undefined;
    // A name that is no UTF-8 arrives with replacement characters, and nobody could ask for it.
    if (path.includes('\uFFFD')) return undefined;
    return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
      ? { path, type, size }
      : undefined;
  } catch {
    return undefined; // no JSON
  }
}
