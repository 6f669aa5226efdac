import type { Keyboard } from '../keys/keyboard.ts';
import type { FullScreen } from './full-screen.ts';

/** Who has the terminal: this screen, a shell that it was lent to, or whoever stopped this process. */
export interface TerminalHolder {
  readonly isHere: boolean;
  open(): void;
  close(): void;
  /** Gives the terminal to a program until `use` is over. */
  lend<T>(use: () => Promise<T>): Promise<T>;
  /** Stops the process as Ctrl-Z does; the terminal comes back when it goes on. */
  suspend(): void;
}

export function createTerminalHolder(options: {
  readonly screen: FullScreen;
  readonly keyboard: Keyboard;
  readonly stdin: { readonly isRaw?: boolean; setRawMode?(on: boolean): unknown };
  readonly process: Pick<NodeJS.Process, 'on' | 'off' | 'kill' | 'pid'>;
  /** The screen is this one's again and has to be drawn anew. */
  readonly onBack: () => void;
}): TerminalHolder {
  const { screen, keyboard, stdin, process, onBack } = options;
  let holder: 'nobody' | 'here' | 'lent' | 'stopped' = 'nobody';

  const take = (): void => {
    holder = 'here';
    screen.open();
    keyboard.open();
    onBack();
  };
  const give = (to: typeof holder): void => {
    holder = to;
    keyboard.close();
    screen.close();
  };
  // How a program that has the terminal wants it to be.
  let wasRaw = false;
  const suspend = (): void => {
    if (holder === 'here') give('stopped');
    else if (holder === 'lent') {
      wasRaw = stdin.isRaw === true;
      if (wasRaw) stdin.setRawMode?.(false);
    }
    // SIGTSTP itself would do nothing where no shell with job control is above.
    process.kill(process.pid, 'SIGSTOP');
  };
  const goOn = (): void => {
    // Stopped without being asked: whoever had the terminal meanwhile may have changed anything.
    if (holder === 'here') give('stopped');
    if (holder === 'stopped') take();
    else if (holder === 'lent' && wasRaw) stdin.setRawMode?.(true);
    wasRaw = false;
  };

  return {
    get isHere() {
      return holder === 'here';
    },
    open: () => {
      process.on('SIGTSTP', suspend);
      process.on('SIGCONT', goOn);
      take();
    },
    close: () => {
      process.off('SIGTSTP', suspend);
      process.off('SIGCONT', goOn);
      give('nobody');
    },
    lend: async (use) => {
      give('lent');
      // The process may end before the program does.
      process.on('exit', screen.tidy);
      try {
        return await use();
      } finally {
        process.off('exit', screen.tidy);
        screen.tidy();
        // Closed meanwhile: then nothing is taken back.
        if ((holder as string) === 'lent') take();
      }
    },
    suspend,
  };
}
