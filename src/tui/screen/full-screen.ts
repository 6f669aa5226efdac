/**
 * The alternate screen of a terminal: what stood there before comes back when it is left, the scrollback untouched.
 * While it is open a listener for the process's end makes sure of that on every path.
 */
export interface FullScreen {
  open(): void;
  close(): void;
  /** Takes back what a program that was ended may have left: mouse, pasting, another screen, no cursor, colours. */
  tidy(): void;
}

// Alternate screen, no cursor, pasted text marked as such.
const enter = '\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J\x1b[H';
const leave = '\x1b[?2004l\x1b[0m\x1b[2J\x1b[H\x1b[?1049l\x1b[?25h';

// 1047 and not 1049: the cursor stays where it is.
const tidy = '\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b[?1047l\x1b[?25h\x1b[0m';

export function createFullScreen(options: {
  readonly write: (text: string) => void;
  readonly process: Pick<NodeJS.Process, 'on' | 'off'>;
  /** Called when the process ends while the screen is open, before it is left. */
  readonly onExit: () => void;
}): FullScreen {
  const { write, process, onExit } = options;
  let isOpen = false;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.off('exit', atExit);
    write(leave);
  };
  const atExit = (): void => {
    onExit();
    close();
  };
  return {
    open: () => {
      if (isOpen) return;
      isOpen = true;
      process.on('exit', atExit);
      write(enter);
    },
    close,
    tidy: () => write(tidy),
  };
}
