import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Remembers which container paths an image had because of the local tree when it was built, by the digest of the
 * build's inputs. So a first sync can tell a file that was deleted here since then from one that the image made
 * itself. An unknown digest has no paths: then nothing is deleted.
 */
export interface BaseStore {
  put(inputs: string, containerPaths: Iterable<string>): Promise<void>;
  get(inputs: string): Promise<ReadonlySet<string>>;
}

/** Keeps one JSON file for each digest below `dir`. */
export function createBaseStore(dir: string): BaseStore {
  const fileOf = (inputs: string): string => path.join(dir, `${inputs}.json`);
  return {
    put: async (inputs, containerPaths) => {
      await mkdir(dir, { recursive: true });
      const draft = `${fileOf(inputs)}.${process.pid}`;
      await writeFile(draft, JSON.stringify([...containerPaths]));
      await rename(draft, fileOf(inputs));
    },
    get: async (inputs) => {
      try {
        return new Set(JSON.parse(await readFile(fileOf(inputs), 'utf8')) as string[]);
      } catch {
        // Never built from here, or cleaned away: additive is the safe answer.
        return new Set();
      }
    },
  };
}
