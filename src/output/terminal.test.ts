import { describe, expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { createStyle } from './style.ts';
import { createTerminal } from './terminal.ts';

function handClock(): Clock & { advance(ms: number): void } {
  let now = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => now,
    monotonic: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (ms) => {
      const end = now + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        now = next.at;
        next.run();
      }
      now = end;
    },
  };
}

function setUp(isTTY: boolean) {
  const clock = handClock();
  let written = '';
  const write = (text: string) => {
    written += text;
  };
  const terminal = createTerminal({ write, isTTY, columns: () => 30, clock, style: createStyle(false) });
  return { clock, terminal, written: () => written };
}

describe('without a terminal', () => {
  it('writes each step once and its time when it took a while', () => {
    const { clock, terminal, written } = setUp(false);
    terminal.step('rendering manifests');
    clock.advance(20);
    terminal.step('compiling');
    clock.advance(7_500);
    terminal.endStep();
    expect(written()).toBe('· rendering manifests\n· compiling\n· compiling: took 7.5 s\n');
  });

  it('says every half minute that long work is alive', () => {
    const { clock, terminal, written } = setUp(false);
    terminal.step('compiling');
    clock.advance(61_000);
    expect(written()).toBe(
      '· compiling\n· compiling: still at it after 30.0 s\n· compiling: still at it after 1 min 0 s\n',
    );
    terminal.close();
    clock.advance(100_000);
    expect(written()).not.toContain('1 min 30 s');
  });
});

describe('on a terminal', () => {
  it('renews one line, keeps it below what is printed and leaves a line only for long work', () => {
    const { clock, terminal, written } = setUp(true);
    terminal.step('short');
    terminal.step('long');
    clock.advance(1_000);
    terminal.print('something else');
    terminal.endStep();
    expect(written()).toBe(
      [
        '· short',
        '\r\x1b[2K· long',
        '\r\x1b[2K· long  1.0 s',
        '\r\x1b[2Ksomething else\n· long  1.0 s',
        '\r\x1b[2K✓ long  1.0 s\n',
      ].join(''),
    );
  });

  it('never lets the line wrap', () => {
    const { terminal, written } = setUp(true);
    terminal.step('x'.repeat(100));
    expect(written().length).toBeLessThanOrEqual(30);
  });

  it('says after Ctrl-C that it ends, over what the terminal showed of it', () => {
    const { terminal, written } = setUp(true);
    terminal.step('work');
    terminal.interrupted();
    terminal.close();
    expect(written()).toBe('· work\r\x1b[2K\r\x1b[2K· ending; Ctrl-C again ends …\r\x1b[2K');
  });

  it('leaves an empty line after close', () => {
    const { clock, terminal, written } = setUp(true);
    terminal.step('work');
    terminal.close();
    clock.advance(10_000);
    expect(written()).toBe('· work\r\x1b[2K');
  });
});
