import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** One thing put into a layer by hand. Paths are absolute in the image; folders above it are made. */
export type RootEntry =
  | { readonly path: string; readonly dir: true; readonly mode: number }
  | { readonly path: string; readonly text: string; readonly mode?: number }
  | { readonly path: string; readonly file: string; readonly mode?: number }
  | { readonly path: string; readonly link: string };

/** Puts entries into the folder `root`, in order. Modes are exact, whatever the umask; 0644 where none is given. */
export async function putIntoRoot(root: string, entries: readonly RootEntry[]): Promise<void> {
  for (const entry of entries) {
    const target = path.join(root, entry.path);
    await mkdir('dir' in entry ? target : path.dirname(target), { recursive: true });
    if ('dir' in entry) {
      await chmod(target, entry.mode);
    } else if ('link' in entry) {
      await symlink(entry.link, target);
    } else {
      if ('text' in entry) await writeFile(target, entry.text);
      else await cp(entry.file, target);
      await chmod(target, entry.mode ?? 0o644);
    }
  }
}
