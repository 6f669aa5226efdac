import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Files of 100 KiB that make the context of `context-200mb`. */
const largeFiles = 2_000;
const largeFileBytes = 100 * 1024;

/** A file right in the context that the last COPY takes. */
export const changedFile = 'list.txt';

/** The Dockerfile of all ways: a step that runs, and a COPY behind it. */
export function dockerfileFrom(image: string): string {
  return `FROM ${image}\nRUN echo once > /once\nCOPY ${changedFile} /srv/${changedFile}\nRUN true\n`;
}

/** A folder to build from; of 200 MB beside what is copied when `large`. */
export async function makeBuildTree(
  root: string,
  { image, large }: { readonly image: string; readonly large: boolean },
): Promise<void> {
  await mkdir(path.join(root, 'data'), { recursive: true });
  await writeFile(path.join(root, 'Dockerfile'), dockerfileFrom(image));
  await writeFile(path.join(root, changedFile), 'one\n');
  for (let index = 0; large && index < largeFiles; index++) {
    await writeFile(path.join(root, 'data', `${index}.bin`), Buffer.alloc(largeFileBytes, `${index} `));
  }
}

let saves = 0;

/** New content of the same size, every time. */
export async function changeTree(root: string): Promise<void> {
  await writeFile(path.join(root, changedFile), `save ${String(++saves).padStart(9, '0')}\n`);
}
