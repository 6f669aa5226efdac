import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from './journal.ts';

let dir = '';
const journals: Journal[] = [];
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'kdev-journal-'));
});
afterEach(() => {
  for (const journal of journals.splice(0)) journal.close();
  rmSync(dir, { recursive: true, force: true });
});

function open(garbageBytes?: number): Journal {
  const settings = garbageBytes === undefined ? {} : { garbageBytes };
  const journal = new Journal({ dir, container: 'app', log: () => undefined, ...settings });
  journals.push(journal);
  return journal;
}

const run = (line: string) => ({ command: ['sh', '-c', line], timeoutMs: 1_000 });
const install = run('pip install');
const compile = run('make');
const version = (seq: number) => ({ term: 1, seq });
const append = (journal: Journal, seq: number, ...runs: ReturnType<typeof run>[]) =>
  journal.append(version(seq), [{ op: 'dir', path: `/app/${seq}`, mode: 0o755 }], () => [], 'image', runs);

test('run steps are owed from the commit of their batch until they ended well, also for a later agent', () => {
  const journal = open();
  append(journal, 1, install, compile);
  journal.ran(install);
  expect(open().runs).toEqual([
    { run: install, done: true },
    { run: compile, done: false },
  ]);
});

test('a batch that asks for one again owes it again, and it runs last', () => {
  const journal = open();
  append(journal, 1, install, compile);
  journal.ran(install);
  append(journal, 2, install);
  expect(open().runs).toEqual([
    { run: compile, done: false },
    { run: install, done: false },
  ]);
});

test('a batch without its commit owes nothing', () => {
  const journal = open();
  append(journal, 1, install);
  const { size } = statSync(path.join(dir, 'journal'));
  append(journal, 2, compile);
  for (let bytes = size; bytes < statSync(path.join(dir, 'journal')).size; bytes += 7) {
    const whole = statSync(path.join(dir, 'journal')).size;
    truncateSync(path.join(dir, 'journal'), whole - 7);
    expect(open().runs.map((each) => each.run)).toEqual([install]);
  }
});

test('compaction keeps them', () => {
  const journal = open(0);
  append(journal, 1, install, compile);
  journal.ran(compile);
  for (let seq = 2; seq < 50; seq++) {
    journal.append(version(seq), [{ op: 'dir', path: '/app', mode: 0o755 }], () => [], 'image');
  }
  expect(journal.compactIfWorth()).toBe(true);
  const kept = [
    { run: install, done: false },
    { run: compile, done: true },
  ];
  expect(journal.runs).toEqual(kept);
  expect(open().runs).toEqual(kept);
});
