import { expect, test } from 'vitest';
import type { LogLine } from './log-entry.ts';
import { LogStore } from './log-store.ts';
import { Logs } from './logs.ts';

const line = (text: string, more: Partial<LogLine> = {}): LogLine => ({
  ...{ service: 'web', replica: 'web-1-aaaaa', source: 'app', at: '2026-01-01T10:00:00Z', text },
  ...more,
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: it takes colours away
const letters = (row: string): string => row.replaceAll(/\x1b\[[0-9;]*m/g, '').trimEnd();

/** A log of numbered lines on a small screen. */
function open(count: number, { width = 40, height = 5 } = {}) {
  const store = new LogStore();
  const logs = new Logs(store);
  store.addAll(Array.from({ length: count }, (_, index) => line(`line ${index}`)));
  return {
    store,
    logs,
    raw: () => logs.draw(width, height),
    screen: () => logs.draw(width, height).map((row) => letters(row).replace(/^(\S* )?│ /, '')),
    type: (keys: string) => {
      for (const text of keys) logs.press({ name: 'text', text });
    },
    press: (name: string) => logs.press({ name, text: '' }),
  };
}

test('it follows what comes', () => {
  const { store, screen } = open(10);
  expect(screen()).toEqual(['line 5', 'line 6', 'line 7', 'line 8', 'line 9']);
  store.add(line('line 10'));
  expect(screen().at(-1)).toBe('line 10');
});

test('scrolling up ends following, G follows again', () => {
  const { store, screen, press, type, logs } = open(10);
  screen();
  press('up');
  store.add(line('line 10'));
  expect(screen()).toEqual(['line 4', 'line 5', 'line 6', 'line 7', 'scrolled: G follows']);
  expect(logs.title).not.toContain('following');
  type('G');
  expect(screen().at(-1)).toBe('line 10');
  expect(logs.title).toContain('following');
});

test('pages and ends are reached', () => {
  const { screen, press, type } = open(100);
  screen();
  press('pageup');
  expect(screen()[0]).toBe('line 91');
  type('g');
  expect(screen()[0]).toBe('line 0');
  press('pagedown');
  expect(screen()[0]).toBe('line 3');
  for (let count = 0; count < 50; count++) press('pagedown');
  expect(screen().at(-2)).toBe('line 99');
});

test('what a person has scrolled to stays when older lines go, and until it goes itself', () => {
  const store = new LogStore({ maxLines: 20 });
  const logs = new Logs(store);
  const add = (from: number, to: number) => {
    for (let count = from; count < to; count++) store.add(line(`line ${count}`));
  };
  const first = () => letters(logs.draw(40, 5)[0] ?? '');
  add(0, 20);
  logs.draw(40, 5);
  for (let count = 0; count < 5; count++) logs.press({ name: 'up', text: '' });
  expect(first()).toContain('line 10');
  add(20, 25);
  expect(first()).toContain('line 10');
  add(25, 45);
  expect(first()).toContain('line 25');
});

test('a pause holds the lines still and counts what comes', () => {
  const { store, screen, type } = open(10);
  screen();
  type(' ');
  store.addAll([line('new 1'), line('new 2')]);
  expect(screen().slice(-2)).toEqual(['line 9', 'paused, 2 new: space goes on']);
  type(' ');
  expect(screen().at(-1)).toBe('new 2');
});

test('a search marks what it finds and goes from one to the next, round and round', () => {
  const { raw, screen, type, press, logs } = open(100, { height: 6 });
  screen();
  type('/line 1');
  expect(logs.typing).toBe(true);
  press('enter');
  expect(logs.typing).toBe(false);
  expect(screen()).toContain('line 19');
  expect(screen().at(-1)).toContain('/line 1 11 of 11');
  expect(raw().find((row) => row.includes('9'))).toContain('\x1b[7mline 1\x1b[0m9');
  type('n');
  expect(screen()[0]).toBe('line 0');
  expect(screen().at(-1)).toContain('1 of 11');
  type('N');
  expect(screen().at(-1)).toContain('11 of 11');
  press('escape');
  expect(screen().at(-1)).not.toContain('/line');
});

test('a search in small letters finds capital ones, not the other way round', () => {
  const { store, screen, type, press } = open(0);
  store.addAll([line('An Error'), line('an error')]);
  type('/error');
  press('enter');
  expect(screen().at(-1)).toContain('of 2');
  type('/Error');
  press('enter');
  expect(screen().at(-1)).toContain('1 of 1');
});

test('a filter leaves only what holds the text, or only the rest', () => {
  const { store, screen, type, press } = open(3);
  store.add(line('other'));
  type('&line');
  press('enter');
  store.add(line('line 3'));
  store.add(line('more'));
  expect(screen().slice(0, 4)).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
  press('escape');
  type('&!line');
  press('enter');
  expect(screen().slice(0, 2)).toEqual(['other', 'more']);
});

test('text is found where colours stand between its letters', () => {
  const { store, screen, type, press } = open(0);
  store.add(line('a \x1b[31mre\x1b[32md\x1b[0m word'));
  type('&red word');
  press('enter');
  expect(screen()[0]).toBe('a red word');
});

test('long lines are wrapped, or cut and read by going sideways', () => {
  const { store, screen, type, press } = open(0, { width: 30 });
  store.add(line(`${'a'.repeat(28)}${'b'.repeat(28)}c`));
  expect(screen().map((row) => row.trim())).toEqual(['a'.repeat(28), 'b'.repeat(28), 'c', '', '']);
  type('w');
  expect(screen()[0]).toBe('a'.repeat(28));
  for (let count = 0; count < 7; count++) press('right');
  expect(screen()[0]).toBe('c');
});

test('wide characters are never cut in half', () => {
  const { store, logs } = open(0);
  store.add(line('日本語'.repeat(10)));
  for (const row of logs.draw(19, 5)) expect(letters(row).length).toBeLessThanOrEqual(9);
});

test('one service, or all of them with their names', () => {
  const { store, logs } = open(0);
  store.addAll([
    line('from web'),
    line('from db', { service: 'db', replica: 'db-0' }),
    line('a step', { source: 'build', replica: '' }),
  ]);
  const rows = () => logs.draw(80, 4).map(letters);
  expect(rows()).toEqual(['web       │ from web', 'db        │ from db', 'web/build │ a step', '']);
  logs.show('db');
  expect(rows()[0]).toBe('│ from db');
  logs.press({ name: 'text', text: 'm' });
  expect(rows()[0]).toContain('from web');
});

test('replicas are told apart by name and colour as soon as there are two', () => {
  const { store, logs } = open(0);
  store.add(line('one'));
  expect(letters(logs.draw(80, 1)[0] ?? '')).toBe('│ one');
  store.add(line('two', { replica: 'web-1-bbbbb' }));
  const rows = logs.draw(80, 2);
  expect(rows.map(letters)).toEqual(['aaaaa │ one', 'bbbbb │ two']);
  expect(new Set(rows.map((row) => row.slice(0, 5))).size).toBe(2);
});

test('lines of the app, of builds and of tests can be had alone', () => {
  const { store, screen, type } = open(0);
  store.addAll([
    line('of app'),
    line('of build', { source: 'build' }),
    line('of test', { source: 'test', suite: 'unit' }),
  ]);
  const shown = () => screen().filter((row) => row !== '');
  expect(shown()).toHaveLength(3);
  type('v');
  expect(shown()).toEqual(['of app']);
  type('v');
  expect(shown()).toEqual(['of build']);
  type('v');
  expect(shown()).toEqual(['of test']);
});

test('clearing begins anew', () => {
  const { store, screen, type } = open(10);
  type('C');
  store.add(line('fresh'));
  expect(screen().filter((row) => row !== '')).toEqual(['fresh']);
});

test('times can be shown', () => {
  const { logs, type } = open(1);
  type('T');
  expect(letters(logs.draw(80, 1)[0] ?? '')).toMatch(/^\d\d:\d\d:\d\d\.\d{3} │ line 0$/);
});

test('keys that are not its own are left to others', () => {
  const { logs, press } = open(1);
  expect([press('tab'), press('enter'), press('escape'), press('right')]).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(logs.press({ name: 'text', text: 'r' })).toBe(false);
  expect(logs.press({ name: 'ctrl', text: 'c' })).toBe(false);
});
