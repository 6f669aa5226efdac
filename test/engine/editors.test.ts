import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { waitFor } from '../agent/wait-for.ts';
import { editorSaves } from '../watch/editor-saves.ts';
import { editorPrograms } from './editor-programs.ts';
import { EditorTerminal } from './editor-terminal.ts';
import { Engine } from './engine.ts';
import { unlessStalled } from './unless-stalled.ts';

const escapeKey = '\x1b';
const control = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) & 31);
const saved = (file: string, text: string) =>
  waitFor(`a file with ${text}`, () => existsSync(file) && readFileSync(file, 'utf8').includes(text));

vi.setConfig({ testTimeout: 120_000 });

interface Editor {
  readonly command: readonly string[];
  /** What shows that the file is open. */
  readonly opened: string;
  /** Replaces the content by a line and saves it. */
  save(terminal: EditorTerminal, line: string): void;
  quit(terminal: EditorTerminal): void;
}

const vim = (backup: string): Editor => ({
  command: ['vim.basic', '-u', 'NONE', '-N', '--cmd', `set ${backup}`, '/home/main.py'],
  opened: 'main.py',
  save: (terminal, line) => terminal.press(`ggcG${line}${escapeKey}:w\r`),
  quit: (terminal) => terminal.press(':q\r'),
});
const nano = (...flags: string[]): Editor => ({
  command: ['nano', '--ignorercfiles', ...flags, '/home/main.py'],
  opened: 'main.py',
  save: (terminal, line) => terminal.press(`${control('k')}${line}\r${control('o')}\r`),
  quit: (terminal) => terminal.press(control('x')),
});

const editors: Readonly<Record<string, Editor>> = {
  'vim with backupcopy=no': vim('backup backupcopy=no'),
  'vim with backupcopy=yes': vim('backup backupcopy=yes'),
  'vim with backupcopy=auto': vim('writebackup backupcopy=auto'),
  'emacs with lock, auto-save and backup files': {
    // An auto-save after each 20 keys.
    command: ['emacs-nox', '-nw', '-Q', '--eval', '(setq auto-save-interval 20)', '/home/main.py'],
    opened: 'main.py',
    save: (terminal, line) =>
      terminal.press(`${control('x')}h${control('w')}${line}\r${control('x')}${control('s')}`),
    quit: (terminal) => terminal.press(`${control('x')}${control('c')}`),
  },
  nano: nano(),
  'nano with backup files': nano('--backup'),
};

let engine: Engine;
let programs: string;
// On a new machine the editors, sshd, Node and the restarter are fetched and compiled first.
beforeAll(async () => {
  programs = await editorPrograms();
  engine = await Engine.start();
}, 900_000);
afterAll(() => engine.stop());

const starts = (): number => engine.pod.container.read('/starts')?.trim().split('\n').length ?? 0;
/** Paths that the session took for changed. */
const changed = (): Set<string> => new Set(engine.daemon.named('change').flatMap(({ paths }) => paths));

let startsBefore = 0;
const beginAnew = async (): Promise<void> => {
  writeFileSync(`${engine.tree}/main.py`, 'print("first")\n');
  engine.clear('main.py');
  await engine.rest();
  engine.daemon.events.length = 0;
  startsBefore = starts();
};

const terminals: EditorTerminal[] = [];
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.kill();
});

describe.each(Object.entries(editors))('W6: a save in the real %s', (_name, editor) => {
  const saveTwice = async (): Promise<void> => {
    await beginAnew();
    const terminal = new EditorTerminal(programs, engine.tree, editor.command);
    terminals.push(terminal);
    await terminal.shows(editor.opened);
    for (const line of ['print("second, and a longer line")', 'print("third")']) {
      const before = starts();
      editor.save(terminal, line);
      await saved(`${engine.tree}/main.py`, line);
      await engine.rest();
      expect(starts()).toBe(before + 1);
    }
    editor.quit(terminal);
    await terminal.ended();
    await engine.rest();
    expect(starts()).toBe(startsBefore + 2);
    expect([...changed()]).toEqual(['tree/main.py']);
  };
  it(
    'reaches the app with one restart, and nothing else of it reaches the container',
    () => unlessStalled(saveTwice),
    120_000,
  );
});

describe.each(Object.entries(editorSaves))('W6: a save by the system calls of %s', (_name, save) => {
  it.each([0, 5])('with %i ms between the calls restarts the app once, on the whole content', (ms) =>
    unlessStalled(async () => {
      await beginAnew();
      await save(`${engine.tree}/main.py`, 'print("second, and longer")\n', () => delay(ms));
      await engine.rest();
      expect(engine.pod.container.read('/ran')).toBe('print("second, and longer")\n');
      expect(starts()).toBe(startsBefore + 1);
      expect([...changed()]).toEqual(['tree/main.py']);
    }),
  );
});
