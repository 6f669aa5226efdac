import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What was seen to work once, kept on this machine: a file per fact. */
export interface Proofs {
  has(fact: readonly string[]): Promise<boolean>;
  keep(fact: readonly string[]): Promise<void>;
}

/** @param dir made when something is to be kept */
export function createProofs(dir: string): Proofs {
  const fileOf = (fact: readonly string[]): string =>
    path.join(dir, createHash('sha256').update(JSON.stringify(fact)).digest('hex').slice(0, 32));
  return {
    has: (fact) =>
      readFile(fileOf(fact)).then(
        () => true,
        // Not seen yet, or it cannot be read: it is looked at again.
        () => false,
      ),
    keep: async (fact) => {
      await mkdir(dir, { recursive: true });
      const draft = `${fileOf(fact)}.${process.pid}`;
      await writeFile(draft, '');
      await rename(draft, fileOf(fact));
    },
  };
}
