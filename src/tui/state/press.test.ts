import { describe, expect, it } from 'vitest';
import { decodeKeys } from '../keys/decode.ts';
import type { Key } from '../keys/key.ts';
import { type Command, type PressContext, press } from './press.ts';
import { chosenService, firstState, type ScreenState } from './screen-state.ts';

const services = ['adder', 'db', 'front', 'frontier'];
const context: PressContext = {
  services,
  activity: 30,
  problemLines: 12,
  tests: 3,
  helpRows: 40,
  page: 10,
  asking: undefined,
};

/** What is left after these keys, and what they asked for. */
function type(keys: string, state: Partial<ScreenState> = {}, more: Partial<PressContext> = {}) {
  const commands: Command[] = [];
  const pressed = decodeKeys(keys, true).keys.reduce(
    (so: ScreenState, key: Key) => {
      const { state: next, command } = press(so, key, { ...context, ...more });
      if (command) commands.push(command);
      return next;
    },
    { ...firstState, ...state },
  );
  return { state: pressed, commands, service: chosenService(services, pressed) };
}

const [up, down, enter, esc, tab, backtab, backspace] = [
  '\x1b[A',
  '\x1b[B',
  '\r',
  '\x1b',
  '\t',
  '\x1b[Z',
  '\x7f',
];

describe('among the services', () => {
  it.each([
    ['', 'adder'],
    ['j', 'db'],
    [`${down}${down}${up}`, 'db'],
    ['G', 'frontier'],
    ['Ggj', 'db'],
    ['kkk', 'adder'],
    ['\x1b[6~', 'frontier'],
    ['\x1b[6~\x1b[5~', 'adder'],
  ])('%j chooses the right one', (keys, service) => {
    expect(type(keys).service).toBe(service);
  });

  it('keys are about the chosen one', () => {
    expect(type('jrbtxsop').commands).toEqual([
      ...['restart', 'rebuild', 'test', 'stop-test', 'shell', 'open'].map((type) => ({
        type,
        service: 'db',
      })),
      { type: 'pause' },
    ]);
  });

  it('Enter shows the logs of the chosen one', () => {
    const { state, commands } = type(`j${enter}`);
    expect(state.focus).toBe('logs');
    expect(commands).toEqual([{ type: 'show-logs', service: 'db' }]);
  });
});

describe('the filter', () => {
  it('shows what holds the text, in any case, and keys are about what is shown', () => {
    expect(type('/FRO').service).toBe('front');
    expect(type(`/fro${enter}r`).commands).toEqual([{ type: 'restart', service: 'front' }]);
    expect(type(`/fro${down}${enter}r`).commands).toEqual([{ type: 'restart', service: 'frontier' }]);
  });

  it('takes letters that are keys elsewhere, and a pasted text', () => {
    expect(type('/qr?').state).toMatchObject({ filter: 'qr?', overlay: 'none' });
    expect(type('/\x1b[200~ad der\n\x1b[201~').state.filter).toBe('adder');
  });

  it('is corrected by Backspace, kept by Enter, ended by Esc, also later', () => {
    expect(type(`/dx${backspace}`).state.filter).toBe('d');
    expect(type(`/db${enter}`).state).toMatchObject({ filter: 'db', filtering: false });
    expect(type(`/db${esc}`).state).toMatchObject({ filter: '', filtering: false });
    expect(type(`/db${enter}${esc}`).state.filter).toBe('');
  });

  it('asks for nothing when it lets no service through', () => {
    expect(type(`/nothing${enter}rbtso`).commands).toEqual([]);
  });

  it('does not keep Ctrl-C', () => {
    expect(type('/x\x03').commands).toEqual([{ type: 'interrupt' }]);
  });
});

describe('panels', () => {
  it('come one after the other, and by their numbers', () => {
    expect(type(tab).state.focus).toBe('activity');
    expect(type(backtab).state.focus).toBe('tests');
    expect(type(tab.repeat(5)).state.focus).toBe('services');
    expect([...'12345'].map((key) => type(key).state.focus)).toEqual([
      'services',
      'activity',
      'logs',
      'problems',
      'tests',
    ]);
  });

  it('scroll no further than their ends', () => {
    expect(type('2GG').state.activity).toBe(29);
    expect(type('2Gg').state.activity).toBe(0);
    expect(type('4G').state.problem).toBe(2);
    expect(type('5jjjjj').state.test).toBe(2);
    expect(type('5j', {}, { tests: 0 }).state.test).toBe(0);
    expect(type('4j', {}, { problemLines: 0 }).state.problem).toBe(0);
  });

  it('have the whole screen after z, until z or Esc', () => {
    expect(type('z').state.zoomed).toBe(true);
    expect(type('zz').state.zoomed).toBe(false);
    expect(type(`z${esc}`).state.zoomed).toBe(false);
  });
});

describe('the question at the end', () => {
  it.each([
    ['ql', 'leave'],
    [`q${enter}`, 'leave'],
    ['qq', 'leave'],
    ['qd', 'down'],
  ])('%j ends', (keys, how) => {
    expect(type(keys).commands).toEqual([{ type: 'quit', how }]);
  });

  it.each(['qc', 'qn', `q${esc}`])('%j goes on', (keys) => {
    expect(type(keys)).toMatchObject({ commands: [], state: { overlay: 'none' } });
  });

  it('hears no other key, but Ctrl-C', () => {
    expect(type('qrz7').state).toMatchObject({ overlay: 'quit', zoomed: false });
    expect(type('q\x03').commands).toEqual([{ type: 'interrupt' }]);
  });
});

describe('the help', () => {
  it('scrolls, and goes at any other key without doing what that one does', () => {
    expect(type('?').state.overlay).toBe('help');
    expect(type('?jj').state).toMatchObject({ overlay: 'help', helpTop: 2 });
    expect(type('?G').state.helpTop).toBe(30);
    expect(type('?r')).toMatchObject({ commands: [], state: { overlay: 'none' } });
  });
});

describe('a question', () => {
  const question = { title: 'take it over?', text: 'Anna has it.', yes: 'take it', no: 'leave it' };

  it.each([
    ['y', true],
    ['n', false],
    ['q', false],
    [esc, false],
  ])('%j is an answer, and then it is gone', (key, yes) => {
    const { state, commands } = type(key, { question });
    expect(commands).toEqual([{ type: 'answer', yes }]);
    expect(state.question).toBeUndefined();
  });

  it('hears no other key, but Ctrl-C', () => {
    expect(type(`rz7?${enter}`, { question })).toMatchObject({
      commands: [],
      state: { question, zoomed: false },
    });
    expect(type('\x03', { question }).commands).toEqual([{ type: 'interrupt' }]);
  });
});

describe('a mass deletion that waits for an answer', () => {
  it.each([
    ['y', 'release'],
    ['n', 'keep'],
  ])('%s is the answer %s', (key, answer) => {
    expect(type(key, {}, { asking: 'db' }).commands).toEqual([{ type: answer, service: 'db' }]);
  });

  it('is no question where none waits', () => {
    expect(type('yn').commands).toEqual([]);
  });
});

it('an answer at the bottom goes with the next key', () => {
  expect(type('j', { message: { text: 'restarted db', tone: 'good' } }).state.message).toBeUndefined();
});
