import { access, constants, readFile, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The machine that kdev runs on; passed in so that each finding can be provoked. */
export interface Machine {
  /** As `process.platform`. */
  readonly platform: string;
  /** Effective user id. */
  readonly uid: number;
  /** As `process.version`. */
  readonly nodeVersion: string;
  hasProgram(name: string): Promise<boolean>;
  /** Of the nearest parent that exists. */
  folder(folder: string): Promise<{ readonly freeBytes: number; readonly writable: boolean }>;
  /** A small file's text; undefined where there is none or it may not be read. */
  read(file: string): Promise<string | undefined>;
  /** Replaces a small file. */
  write(file: string, text: string): Promise<void>;
}

export function thisMachine(env: Readonly<Record<string, string | undefined>>): Machine {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((each) => each !== '');
  const may = (file: string, mode: number): Promise<boolean> =>
    access(file, mode).then(
      () => true,
      () => false,
    );
  return {
    platform: process.platform,
    uid: process.geteuid?.() ?? -1,
    nodeVersion: process.version,
    hasProgram: async (name) => {
      const found = await Promise.all(folders.map((each) => may(path.join(each, name), constants.X_OK)));
      return found.includes(true);
    },
    folder: async (folder) => {
      const present = await existingParent(folder);
      const { bavail, bsize } = await statfs(present);
      return { freeBytes: bavail * bsize, writable: await may(present, constants.W_OK) };
    },
    read: (file) => readFile(file, 'utf8').catch(() => undefined),
    write: (file, text) => writeFile(file, text),
  };
}

async function existingParent(folder: string): Promise<string> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const exists = await access(at).then(
      () => true,
      () => at === path.dirname(at),
    );
    if (exists) return at;
  }
}
