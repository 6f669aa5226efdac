import { describe, expect, it } from 'vitest';
import { seeEvent } from '../../test/events/valid-event.ts';
import { systemClock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { KdevEvent } from '../core/event.ts';
import { createBus } from './bus.ts';
import { errorText } from './error-text.ts';
import { jsonLines } from './json-lines.ts';
import { plainLog } from './plain-log.ts';
import { createStyle, wantsColours } from './style.ts';
import { createTerminal } from './terminal.ts';

const style = createStyle(false);
const synced: KdevEvent = {
  event: 'synced',
  service: 'adder',
  seq: 41,
  files: 1,
  bytes: 4096,
  replicas: [
    { pod: 'adder-1', digest: 'ab', incarnation: '1' },
    { pod: 'adder-2', digest: 'ab', incarnation: '2' },
  ],
  stages: { detect: 2, settle: 0.25, send: 1.2, apply: 3, total: 9.06 },
};

function print(events: readonly KdevEvent[], verbose = false): string {
  let written = '';
  const terminal = createTerminal({
    write: (text) => {
      written += text;
    },
    isTTY: false,
    columns: () => 80,
    clock: systemClock,
    style,
  });
  const bus = createBus({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5) });
  bus.listen(seeEvent);
  bus.listen(plainLog({ terminal, style, colours: false, verbose }));
  for (const event of events) bus.emit(event);
  terminal.close();
  return written.replaceAll(/^\d\d:\d\d:\d\d /gm, '');
}

describe('the bus', () => {
  it('adds the time and hands each event to every sink, in order', () => {
    const seen: unknown[] = [];
    const bus = createBus({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) });
    bus.listen((event) => seen.push(['a', event]));
    const leave = bus.listen((event) => seen.push(['b', event]));
    bus.emit({ event: 'step', text: 'one' });
    leave();
    bus.emit({ event: 'step', text: 'two' });
    const at = (text: string) => ({ event: 'step', text, time: '2026-01-02T03:04:05.006Z' });
    expect(seen).toEqual([
      ['a', at('one')],
      ['b', at('one')],
      ['a', at('two')],
    ]);
  });

  it('leaves out a sink that fails and goes on with the others', () => {
    const seen: string[] = [];
    const bus = createBus(systemClock);
    bus.listen(() => {
      throw new Error('nobody reads');
    });
    bus.listen(({ event }) => seen.push(event));
    bus.emit({ event: 'step', text: 'one' });
    expect(seen).toEqual(['step']);
  });
});

describe('JSON lines', () => {
  it('are the exact events, one a line, event and time first', () => {
    let written = '';
    const bus = createBus({ now: () => 0 });
    bus.listen(
      jsonLines((text) => {
        written += text;
      }),
    );
    bus.emit({ event: 'log', service: 'adder', replica: 'r', line: 'two\nlines', at: '' });
    expect(written).toBe(
      '{"event":"log","time":"1970-01-01T00:00:00.000Z","service":"adder","replica":"r","line":"two\\nlines","at":""}\n',
    );
  });
});

describe('the plain log', () => {
  it('tells a save in one line: what, where, how long and in which stages', () => {
    const change: KdevEvent = { event: 'change', seq: 41, paths: ['e2e_k8s/demo.py'], files: 1 };
    const plan: KdevEvent = {
      event: 'plan',
      service: 'adder',
      seq: 41,
      steps: [{ step: 'sync', reason: '1 path' }],
    };
    expect(print([change, plan, synced])).toBe(
      'adder ✓ #41 e2e_k8s/demo.py live in 2 replicas after 9.1 ms  detect 2.0 ms · settle 0.3 ms · send 1.2 ms · apply 3.0 ms\n',
    );
  });

  it('counts what it cannot name', () => {
    const paths = Array.from({ length: 20 }, (_, index) => `f${index}`);
    const many = { ...synced, files: 2000, bytes: 3 * 1024 * 1024, replicas: synced.replicas.slice(0, 1) };
    expect(print([{ event: 'change', seq: 41, paths, files: 2000 }, many])).toContain(
      '✓ #41 f0, f1, f2 and 1997 more live after 9.1 ms  2000 files, 3.0 MiB, detect',
    );
  });

  it('shows a problem with its cure, and when it is over', () => {
    const problem = {
      event: 'problem',
      key: 'adder/p',
      code: 'link-lost',
      service: 'adder',
      resolved: false,
    } as const;
    expect(
      print([
        { ...problem, message: 'no connection\nfor 3 s', cure: 'wait' },
        { ...problem, message: '', resolved: true },
      ]),
    ).toBe(
      'adder ✗ no connection  link-lost\n         for 3 s\n         do wait\nadder ✓ over: no connection\n',
    );
  });

  it('tells a problem once, however often it is reported, and no end of one that never was', () => {
    const problem = { event: 'problem', key: 'k', code: 'c', message: 'no link', resolved: false } as const;
    const over = { ...problem, message: '', resolved: true };
    expect(print([over, problem, problem, { ...problem, message: 'still none' }, over, over])).toBe(
      '✗ no link  c\n✗ still none  c\n✓ over: still none\n',
    );
  });

  it('says why an image is rebuilt before it is', () => {
    expect(
      print([
        { event: 'plan', service: 'a', seq: 2, steps: [{ step: 'rebuild', reason: 'requirements.txt' }] },
        { event: 'build', service: 'a', state: 'done', reason: 'requirements.txt', ms: 4200 },
      ]),
    ).toBe('a → #2 rebuild (requirements.txt)\na ✓ image built in 4.2 s\n');
  });

  it('says that an app ended and what happens next', () => {
    expect(
      print([{ event: 'app', service: 'a', replica: 'a-1', state: 'held', exitCode: 1, stale: false }]),
    ).toBe('a ! the app in a-1 ended (exit code 1); its container stays, the next save starts it again\n');
  });

  it('tells a restart from a start after the app had ended', () => {
    const restarted = {
      event: 'restarted',
      service: 'a',
      seq: 3,
      replica: 'a-1',
      newPid: 9,
      ms: 240,
    } as const;
    expect(
      print([
        { ...restarted, oldPid: 5 },
        { ...restarted, oldPid: 0 },
      ]),
    ).toBe('a ✓ a-1 restarted in 240 ms  pid 5 → 9\na ✓ a-1 started again in 240 ms  pid 9\n');
  });

  it('lets nothing from a container reach the terminal but text', () => {
    const log: KdevEvent = { event: 'log', service: 'a', replica: 'a-1', line: '\x1b[2Jhello', at: '' };
    expect(print([log])).toBe('a a-1 │ hello\n');
  });
});

describe('an error', () => {
  it('says what, where, why and what to do, and its code', () => {
    const error = new KdevError({
      code: 'config-invalid',
      fault: 'user',
      what: 'It is wrong.',
      where: 'dev.config.ts:7',
      why: 'One.\nTwo.',
      cure: 'Mend it.',
    });
    expect(errorText(error, style, false)).toBe(
      '✗ It is wrong.  config-invalid\n  at   dev.config.ts:7\n  why  One.\n       Two.\n  do   Mend it.',
    );
  });

  it('shows a stack with --verbose only', () => {
    const error = new KdevError({ code: 'x', fault: 'user', what: 'X.', cause: new Error('the cause') });
    expect(errorText(error, style, false)).not.toContain('sinks.test.ts');
    expect(errorText(error, style, true)).toContain('sinks.test.ts');
    expect(errorText(error, style, true)).toContain('the cause');
  });

  it('that kdev did not mean to throw is called a bug', () => {
    expect(errorText(new TypeError('x is undefined'), style, false)).toContain('This is a bug in kdev.');
  });
});

describe('colours', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [undefined, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('with isTTY %s and %j: %s', (isTTY, env, expected) => {
    expect(wantsColours(isTTY === undefined ? {} : { isTTY }, env)).toBe(expected);
  });

  it('are equal for equal names', () => {
    const coloured = createStyle(true);
    expect(coloured.name('adder')).toBe(coloured.name('adder'));
    expect(coloured.name('adder')).toContain('\x1b[');
  });
});
