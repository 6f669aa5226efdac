import { expect, it } from 'vitest';
import { actionOf, keymap } from './keymap.ts';

it('no key means two things', () => {
  const keys = keymap.flatMap(({ keys, text, ctrl }) => [
    ...keys,
    ...(text === undefined ? [] : [`text ${text}`]),
    ...(ctrl === undefined ? [] : [`ctrl ${ctrl}`]),
  ]);
  expect(keys).toEqual([...new Set(keys)]);
  expect(keymap.map(({ action }) => action)).toEqual([...new Set(keymap.map(({ action }) => action))]);
});

it('every binding is reached by a key that the help shows', () => {
  for (const { action, keys, text, ctrl, shown } of keymap) {
    for (const name of keys) expect(actionOf({ name, text: '' })).toBe(action);
    if (text !== undefined) {
      expect(actionOf({ name: 'text', text })).toBe(action);
      expect(shown).toContain(text);
    }
    if (ctrl !== undefined) expect(actionOf({ name: 'ctrl', text: ctrl })).toBe(action);
  }
});
