import { Writable } from 'node:stream';
import { render } from 'ink';
import type { ReactNode } from 'react';

/** Ink as a function from a tree to lines: it lays out, and the painter decides what is written to the terminal. */
export interface Drawing {
  /** `\n` between lines. */
  draw(tree: ReactNode, columns: number): string;
  close(): void;
}

/** Takes what Ink writes and keeps the newest frame. */
class Frames extends Writable {
  frame = '';
  columns = 80;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.frame = chunk.toString();
    done();
  }
}

export function createDrawing(onCrash: (error: unknown) => void): Drawing {
  const frames = new Frames();
  let instance: ReturnType<typeof render> | undefined;
  return {
    draw: (tree, columns) => {
      frames.columns = columns;
      if (instance) instance.rerender(tree);
      else {
        // In this mode each frame is written whole and at once, also where the environment says CI.
        const stdout = frames as unknown as NodeJS.WriteStream;
        instance = render(tree, {
          stdout,
          debug: true,
          exitOnCtrlC: false,
          patchConsole: false,
          isScreenReaderEnabled: false,
        });
        instance.waitUntilExit().catch(onCrash);
      }
      return frames.frame;
    },
    close: () => {
      instance?.unmount();
      instance?.cleanup();
      instance = undefined;
    },
  };
}
