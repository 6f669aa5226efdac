import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * What earlier pulls wrote, by local path: a file that is still that may be written over, because nobody has edited
 * it here. No clock of two machines is ever compared.
 */
export interface PullMemory {
  get(localPath: string): string | undefined;
  set(localPath: string, digest: string): void;
  save(): Promise<void>;
}

/** @param file JSON; one that is not there or broken remembers nothing, and then more is kept, never less */
export async function openPullMemory(file: string): Promise<PullMemory> {
  const digests = new Map<string, string>();
  try {
    const json = JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, unknown>>;
    for (const [localPath, digest] of Object.entries(json)) digests.set(localPath, String(digest));
  } catch {
    // The first pull, or a torn file.
  }
  return {
    get: (localPath) => digests.get(localPath),
    set: (localPath, digest) => {
      digests.set(localPath, digest);
    },
    save: async () => {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(`${file}.next`, JSON.stringify(Object.fromEntries(digests)));
      await rename(`${file}.next`, file);
    },
  };
}
