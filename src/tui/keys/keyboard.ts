import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../../core/clock.ts';
import { decodeKeys } from './decode.ts';
import type { Key } from './key.ts';

export type KeyboardInput = Readable & { readonly isRaw?: boolean; setRawMode?(on: boolean): unknown };

/** The keys of a terminal, between `open` and `close`; both may be called again and again. */
export interface Keyboard {
  open(): void;
  /** Gives the terminal its line mode back and reads no more. */
  close(): void;
}

/** How long the rest of a sequence may take before an escape is just that key, ms. */
const escapeMs = 40;

export function createKeyboard(options: {
  readonly stdin: KeyboardInput;
  readonly clock: Pick<Clock, 'after'>;
  readonly onKey: (key: Key) => void;
}): Keyboard {
  const { stdin, clock, onKey } = options;
  let decoder = new StringDecoder('utf8');
  let rest = '';
  let cancel: (() => void) | undefined;
  let isOpen = false;

  const take = (text: string, final: boolean): void => {
    cancel?.();
    cancel = undefined;
    const decoded = decodeKeys(rest + text, final);
    rest = decoded.rest;
    for (const key of decoded.keys) {
      // The first of two that came together closes this; the second one has to be heard all the same.
      if (isOpen || (key.name === 'ctrl' && key.text === 'c')) onKey(key);
    }
    if (rest !== '' && isOpen) cancel = clock.after(escapeMs, () => take('', true));
  };
  const onData = (chunk: Buffer | string): void => take(decoder.write(Buffer.from(chunk)), false);
  // The window was closed; the signal that comes with it says so.
  const onError = (): void => undefined;

  return {
    open: () => {
      if (isOpen) return;
      isOpen = true;
      decoder = new StringDecoder('utf8');
      stdin.setRawMode?.(true);
      stdin.on('data', onData);
      stdin.on('error', onError);
      stdin.resume();
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      cancel?.();
      rest = '';
      stdin.off('data', onData);
      stdin.off('error', onError);
      stdin.pause();
      try {
        stdin.setRawMode?.(false);
      } catch {
        // The terminal has gone; nobody misses its mode.
      }
    },
  };
}
