/** A kind of file that programs make beside the file they save, and never mean to keep. */
interface Temporary {
  readonly pattern: RegExp;
  readonly reason: string;
}

/**
 * Tested against the name alone, most frequent first. A pattern is listed only when no file that a person saves is
 * likely to match; a `!pattern` in a mapping's `ignore` brings one back.
 */
const editorTemporaries: readonly Temporary[] = [
  { pattern: /~$/, reason: 'backup of vim, emacs, gedit and kate, made while saving' },
  { pattern: /^\..*\.?sw[a-px]$/, reason: "vim's and nano's swap file" },
  { pattern: /^4913\d*$/, reason: 'vim probes with it whether the directory can be written' },
  { pattern: /^\.#/, reason: "emacs' lock, a dangling link" },
  { pattern: /^#.*#$/, reason: "emacs' auto-save file" },
  { pattern: /___jb_(?:tmp|old)___$/, reason: 'JetBrains editors write and rename it' },
  {
    pattern: /\.tmp[.-]\d+(?:[.-]?[0-9a-z]+)*$/i,
    reason: 'many programs write <name>.tmp.<pid> and rename it',
  },
  { pattern: /\.vsctmp$/, reason: 'VS Code writes and renames it' },
  { pattern: /\.kate-swp$/, reason: "kate's swap file" },
  { pattern: /^\.goutputstream-[0-9A-Z]{6}$/, reason: 'GNOME programs write and rename it' },
  { pattern: /\.save(?:\.\d+)?$/, reason: "nano's emergency copy" },
  { pattern: /^\.~lock\..*#$/, reason: "LibreOffice's lock" },
  { pattern: /^\.nfs[0-9a-f]{16,}$/, reason: 'NFS keeps a deleted open file under it' },
  { pattern: /^\.fuse_hidden[0-9a-f]{16,}$/, reason: 'FUSE keeps a deleted open file under it' },
];

const any = new RegExp(editorTemporaries.map(({ pattern }) => `(?:${pattern.source})`).join('|'), 'i');

/** The reason why a file of that name is never synced, if it is an editor's temporary. */
export function explainTemporary(name: string): Temporary | undefined {
  return any.test(name) ? editorTemporaries.find(({ pattern }) => pattern.test(name)) : undefined;
}
