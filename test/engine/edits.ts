import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { readTree } from './read-tree.ts';

/** One thing that somebody does to a tree; a kind uses of the facts what it needs. */
export interface Edit {
  readonly kind: EditKind;
  /** Which of the paths that are there, counted round. */
  readonly pick: number;
  /** A path that is there or not. Bytes, each one character. */
  readonly place: string;
  readonly text: string;
  readonly target: string;
}

interface Scene {
  readonly edit: Edit;
  /** `edit.place`, with its parents. */
  place(): Buffer;
  /** What is there already: any path, or one of a type. */
  picked(type?: 'file' | 'dir' | 'link'): Buffer;
  /** In a directory of the same file system that nobody watches. */
  outside(): Buffer;
  ignored(): Buffer;
  readonly text: Buffer;
  readonly target: Buffer;
}

const kinds = {
  write: ({ place, text }) => writeFileSync(notLink(place()), text),
  modify: ({ picked, text }) => writeFileSync(picked('file'), text),
  replace: ({ picked, text }) => {
    const path = picked('file');
    const temporary = Buffer.concat([path.subarray(0, path.lastIndexOf('/') + 1), Buffer.from('x.tmp.42')]);
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  },
  append: ({ picked, text }) => appendFileSync(picked('file'), text),
  truncate: ({ picked, edit }) => truncateSync(picked('file'), edit.pick % 6),
  'twice in one second, same size': async ({ picked, edit }) => {
    const path = picked('file');
    writeFileSync(path, `same ${10 + edit.pick}`);
    await nextTurn();
    writeFileSync(path, `same ${11 + edit.pick}`);
  },
  'write and set mtime back': ({ picked, text }) => {
    const path = picked('file');
    const { atime, mtime } = lstatSync(path);
    writeFileSync(path, text);
    utimesSync(path, atime, mtime);
  },
  'write in pieces': async ({ picked, text }) => {
    const path = picked('file');
    writeFileSync(path, '');
    for (const piece of ['one ', 'two ', text]) {
      await delay(3);
      appendFileSync(path, piece);
    }
  },
  'large file': ({ place, edit }) =>
    writeFileSync(notLink(place()), Buffer.alloc(100_000 + 30_000 * edit.pick, `${edit.pick} of them `)),
  'make directories': ({ place }) => void mkdirSync(place(), { recursive: true }),
  remove: ({ picked }) => rmSync(picked(), { recursive: true }),
  'remove and create': ({ picked, text }) => {
    const path = picked();
    rmSync(path, { recursive: true });
    writeFileSync(path, text);
  },
  'move a file': ({ picked, place }) => renameSync(picked('file'), place()),
  'move a directory': ({ picked, place }) => renameSync(picked('dir'), place()),
  'move out': ({ picked, outside }) => renameSync(picked(), outside()),
  'move in': ({ place, outside }) => renameSync(outside(), place()),
  'move to an ignored name': ({ picked, ignored }) => renameSync(picked(), ignored()),
  'move from an ignored name': ({ place, ignored }) => renameSync(ignored(), place()),
  copy: ({ picked, place }) => writeFileSync(place(), readFileSync(picked('file')), { flag: 'wx' }),
  'hard link': ({ picked, place }) => linkSync(picked('file'), place()),
  'change the exec bit': ({ picked }) => {
    const path = picked('file');
    chmodSync(path, lstatSync(path).mode & 0o111 ? 0o644 : 0o755);
  },
  symlink: ({ place, target }) => symlinkSync(target, place()),
  retarget: ({ picked, target }) => {
    const path = picked('link');
    unlinkSync(path);
    symlinkSync(target, path);
  },
  'file becomes directory': ({ picked }) => {
    const path = picked('file');
    unlinkSync(path);
    mkdirSync(path);
    writeFileSync(Buffer.concat([path, Buffer.from('/inside')]), 'was a file');
  },
  'directory becomes file': ({ picked, text }) => {
    const path = picked('dir');
    rmSync(path, { recursive: true });
    writeFileSync(path, text);
  },
  'becomes a link': ({ picked, target }) => {
    const path = picked();
    rmSync(path, { recursive: true });
    symlinkSync(target, path);
  },
  'link becomes file': ({ picked, text }) => {
    const path = picked('link');
    unlinkSync(path);
    writeFileSync(path, text);
  },
  'burst of nested directories': ({ place, edit }) => {
    const top = place();
    for (let index = 0; index < 2 + (edit.pick % 10); index++) {
      const dir = Buffer.concat([top, Buffer.from(`/d${index % 3}/e/f`)]);
      mkdirSync(dir, { recursive: true });
      writeFileSync(Buffer.concat([dir, Buffer.from(`/${index}`)]), `${index}`);
    }
  },
  pause: async ({ edit }) => {
    await (edit.pick % 3 === 0 ? nextTurn() : delay(edit.pick));
  },
} satisfies Readonly<Record<string, (scene: Scene) => void | Promise<void>>>;

export type EditKind = keyof typeof kinds;
export const editKinds = Object.keys(kinds) as readonly EditKind[];

/** Never touched, because a tree that is empty altogether is taken for lost and not for deleted. */
export const anchor = 'anchor';

/** Whether a path belongs into the container by the rules of the tests' mapping. */
export function isSynced(path: string): boolean {
  return !/(^|\/)(ignored|\.main\.py\.sw[a-p]|\.#main\.py|#main\.py#)(\/|$)|~$/.test(path);
}

/** Does it; false where it makes no sense in the tree of this moment. */
export async function makeEdit(
  edit: Edit,
  roots: { readonly tree: string; readonly elsewhere: string },
): Promise<boolean> {
  const { tree, elsewhere } = roots;
  const scene: Scene = {
    edit,
    place: () => {
      const path = bytesOf(tree, edit.place);
      mkdirSync(path.subarray(0, path.lastIndexOf('/')), { recursive: true });
      return path;
    },
    picked: (type) => {
      const all = [...readTree(tree)].filter(
        ([name, facts]) => name !== anchor && isSynced(name) && isOf(facts, type),
      );
      const name = all.map(([name]) => name).sort()[all.length === 0 ? 0 : edit.pick % all.length];
      return bytesOf(tree, name ?? nonsense());
    },
    outside: () => bytesOf(elsewhere, `${edit.pick % 3}`),
    ignored: () => {
      mkdirSync(bytesOf(tree, 'ignored'), { recursive: true });
      return bytesOf(tree, `ignored/${edit.pick % 3}`);
    },
    text: Buffer.from(edit.text, 'latin1'),
    target: Buffer.from(edit.target, 'latin1'),
  };
  try {
    await kinds[edit.kind](scene);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown) return false;
    throw thrown;
  }
}

function isOf(facts: string, type: 'file' | 'dir' | 'link' | undefined): boolean {
  const isFile = facts.startsWith('file') || facts.startsWith('exec');
  return type === undefined || (type === 'file' ? isFile : facts.startsWith(type));
}

function notLink(path: Buffer): Buffer {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? nonsense() : path;
}

function nonsense(): never {
  throw Object.assign(new Error('it makes no sense here'), { code: 'NONSENSE' });
}

function bytesOf(root: string, place: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(place, 'latin1')]);
}
