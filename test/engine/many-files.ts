import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Engine } from './engine.ts';

const filesPerFolder = 100;
const foldersPerPart = 50;

/**
 * A tree of very many files is made, partly rewritten, moved and deleted, once while nobody watches; after each the
 * container has what the tree has. What was wrong, by step.
 */
export async function changeManyFiles(
  engine: Engine,
  { files, deadlineMs }: { readonly files: number; readonly deadlineMs: number },
): Promise<readonly string[]> {
  const parts = Math.ceil(files / (filesPerFolder * foldersPerPart));
  const folder = (part: number, index: number): string => engine.local(`many/part-${part}/folder-${index}`);
  const write = (part: number, text: string): void => {
    for (let index = 0; index < foldersPerPart; index++) {
      mkdirSync(folder(part, index), { recursive: true });
      for (let file = 0; file < filesPerFolder; file++)
        writeFileSync(`${folder(part, index)}/file-${file}.txt`, `${text} ${part} ${index} ${file}`);
    }
  };
  const steps: Readonly<Record<string, () => void | Promise<void>>> = {
    made: () => {
      for (let part = 0; part < parts; part++) write(part, 'first');
    },
    'rewritten in one part': () => write(0, 'second'),
    'one part moved': () => renameSync(engine.local('many/part-1'), engine.local('many/moved')),
    'two parts deleted': () => {
      for (const part of [2, 3]) rmSync(engine.local(`many/part-${part}`), { recursive: true });
    },
    'changed while nobody watched': async () => {
      await engine.daemon.kill();
      write(4, 'third');
      rmSync(engine.local('many/part-5'), { recursive: true });
      await engine.startDaemon();
    },
    'all deleted': () => rmSync(engine.local('many'), { recursive: true }),
  };
  const wrong: string[] = [];
  for (const [step, change] of Object.entries(steps)) {
    await change();
    await engine.rest(deadlineMs).catch((error: unknown) => wrong.push(`${step}: ${String(error)}`));
  }
  return wrong;
}
