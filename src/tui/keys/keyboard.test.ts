import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { Key } from './key.ts';
import { createKeyboard } from './keyboard.ts';

function open() {
  const stdin = Object.assign(new PassThrough(), {
    modes: [] as boolean[],
    setRawMode(on: boolean) {
      this.modes.push(on);
    },
  });
  const keys: Key[] = [];
  const timers: (() => void)[] = [];
  const keyboard = createKeyboard({
    stdin,
    clock: {
      after: (_, run) => {
        timers.push(run);
        return () => timers.splice(timers.indexOf(run), 1);
      },
    },
    onKey: (key) => {
      keys.push(key);
      if (key.name === 'ctrl') keyboard.close();
    },
  });
  keyboard.open();
  return { stdin, keys, timers, keyboard };
}

async function type(stdin: PassThrough, text: string | Buffer): Promise<void> {
  stdin.write(text);
  await new Promise(setImmediate);
}

it('takes the raw mode when it opens and gives it back when it closes, each once', () => {
  const { stdin, keyboard } = open();
  keyboard.open();
  keyboard.close();
  keyboard.close();
  expect(stdin.modes).toEqual([true, false]);
});

it('puts keys together that come in pieces', async () => {
  const { stdin, keys } = open();
  await type(stdin, '\x1b');
  await type(stdin, '[A');
  await type(stdin, Buffer.from('é').subarray(0, 1));
  await type(stdin, Buffer.from('é').subarray(1));
  expect(keys.map(({ name, text }) => name + text)).toEqual(['up', 'texté']);
});

it('takes an escape for that key when nothing follows', async () => {
  const { stdin, keys, timers } = open();
  await type(stdin, '\x1b');
  expect(keys).toEqual([]);
  timers.shift()?.();
  expect(keys).toEqual([{ name: 'escape', text: '' }]);
});

it('hears the second Ctrl-C though the first one has closed it, and nothing else', async () => {
  const { stdin, keys } = open();
  await type(stdin, '\x03q\x03');
  expect(keys.map(({ text }) => text)).toEqual(['c', 'c']);
});
