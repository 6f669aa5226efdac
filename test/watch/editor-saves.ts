import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

export type Pause = () => Promise<unknown>;
type Save = (path: string, content: string, pause: Pause) => Promise<void>;

/** The system calls that editors make for one save, in their order. */
export const editorSaves: Readonly<Record<string, Save>> = {
  'vim (backup by renaming, swap file, probe 4913)': async (path, content, pause) => {
    const dir = path.slice(0, path.lastIndexOf('/'));
    const name = path.slice(path.lastIndexOf('/') + 1);
    writeFileSync(`${dir}/.${name}.swp`, 'swap');
    writeFileSync(`${dir}/4913`, '');
    chmodSync(`${dir}/4913`, 0o644);
    unlinkSync(`${dir}/4913`);
    await pause();
    renameSync(path, `${path}~`);
    await pause();
    const file = openSync(path, 'wx', 0o644);
    await pause();
    writeSync(file, content);
    closeSync(file);
    chmodSync(path, 0o644);
    await pause();
    unlinkSync(`${path}~`);
    unlinkSync(`${dir}/.${name}.swp`);
  },
  'VS Code (truncate and write in place)': async (path, content, pause) => {
    const file = openSync(path, 'r+');
    ftruncateSync(file, 0);
    await pause();
    writeSync(file, content);
    closeSync(file);
  },
  'JetBrains (___jb_tmp___, ___jb_old___)': async (path, content, pause) => {
    writeFileSync(`${path}___jb_tmp___`, content);
    await pause();
    renameSync(path, `${path}___jb_old___`);
    await pause();
    renameSync(`${path}___jb_tmp___`, path);
    await pause();
    unlinkSync(`${path}___jb_old___`);
  },
  'emacs (lock link, auto-save, backup by renaming)': async (path, content, pause) => {
    const dir = path.slice(0, path.lastIndexOf('/'));
    const name = path.slice(path.lastIndexOf('/') + 1);
    symlinkSync('user@host.1234:1700000000', `${dir}/.#${name}`);
    writeFileSync(`${dir}/#${name}#`, 'auto-saved');
    await pause();
    renameSync(path, `${path}~`);
    await pause();
    writeFileSync(path, content);
    await pause();
    unlinkSync(`${dir}/#${name}#`);
    unlinkSync(`${dir}/.#${name}`);
  },
  'write x.tmp.<pid> and rename': async (path, content, pause) => {
    writeFileSync(`${path}.tmp.4711`, content);
    await pause();
    renameSync(`${path}.tmp.4711`, path);
  },
  'GNOME (.goutputstream, link to a backup)': async (path, content, pause) => {
    const dir = path.slice(0, path.lastIndexOf('/'));
    writeFileSync(`${dir}/.goutputstream-A1B2C3`, content);
    await pause();
    linkSync(path, `${path}~`);
    await pause();
    renameSync(`${dir}/.goutputstream-A1B2C3`, path);
  },
  'kate (swap file, write in pieces)': async (path, content, pause) => {
    const dir = path.slice(0, path.lastIndexOf('/'));
    const name = path.slice(path.lastIndexOf('/') + 1);
    writeFileSync(`${dir}/.${name}.kate-swp`, 'swap');
    const file = openSync(path, 'w');
    await pause();
    for (const part of [content.slice(0, 5), content.slice(5)]) {
      writeSync(file, part);
      await pause();
    }
    closeSync(file);
    unlinkSync(`${dir}/.${name}.kate-swp`);
  },
  'vim with backupcopy=yes (copy, then truncate and write in place)': async (path, content, pause) => {
    writeFileSync(`${path}~`, 'the old content');
    await pause();
    const file = openSync(path, 'w');
    await pause();
    writeSync(file, content);
    closeSync(file);
    await pause();
    unlinkSync(`${path}~`);
  },
};
