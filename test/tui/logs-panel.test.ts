import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { KdevEvent } from '../../src/core/event.ts';
import { live, makeSceneProgram, project, Scene, type SceneProgram } from './scene.ts';

const enter = '\r';
const escapeKey = '\x1b';
const up = '\x1b[A';
const right = '\x1b[C';

let program: SceneProgram;
let scene: Scene | undefined;

beforeAll(async () => {
  program = await makeSceneProgram();
});
afterEach(() => {
  scene?.close();
  scene = undefined;
});
afterAll(() => program.remove());

type LogEvent = Extract<KdevEvent, { event: 'log' }>;

const line = (text: string, more: Partial<LogEvent> = {}): LogEvent => ({
  ...{ event: 'log', service: 'adder', replica: 'adder-566748c876-0', line: text },
  ...{ at: '2026-01-01T10:00:00.123456789Z', ...more },
});
const numbered = (from: number, to: number): readonly LogEvent[] =>
  Array.from({ length: to - from }, (_, index) => line(`line ${from + index}`));

/** A screen that shows the logs alone. */
async function open(
  events: readonly LogEvent[],
  options: Parameters<typeof Scene.open>[1] = {},
): Promise<Scene> {
  const opened = await Scene.open(program, { columns: 60, rows: 14, ...options });
  scene = opened;
  opened.terminal.press('3z');
  opened.tell({ events });
  return opened;
}

/** Column and row of a text on the screen. */
function placeOf({ terminal }: Scene, text: string): { readonly x: number; readonly y: number } {
  const rows = terminal.rows();
  const y = rows.findIndex((row) => row.includes(text));
  const before = rows[y]?.slice(0, rows[y]?.indexOf(text)) ?? '';
  return { x: [...before].length, y };
}

function look(
  { terminal }: Scene,
  text: string,
): Pick<ReturnType<typeof terminal.cell>, 'foreground' | 'bold' | 'inverse'> {
  const { x, y } = placeOf({ terminal } as Scene, text);
  const { foreground, bold, inverse } = terminal.cell(x, y);
  return { foreground, bold, inverse };
}

it('colours are those of the app, and end where it ended them', async () => {
  const { terminal } = await open([line('plain \x1b[1;31mred\x1b[0m \x1b[38;5;208morange\x1b[39m after')]);
  await terminal.sees('plain red orange after');
  expect(look(scene as Scene, 'plain')).toEqual({ foreground: undefined, bold: false, inverse: false });
  expect(look(scene as Scene, 'red')).toEqual({ foreground: 1, bold: true, inverse: false });
  expect(look(scene as Scene, 'orange')).toEqual({ foreground: 208, bold: false, inverse: false });
  expect(look(scene as Scene, 'after')).toEqual({ foreground: undefined, bold: false, inverse: false });
});

it('nothing that an app prints reaches the terminal but letters and colours', async () => {
  const { terminal } = await open([
    line('a\x1b[2J\x1b[10;10Hb\x1b]0;owned\x07c\x1b[?1049ld\x1bce'),
    line('progress 10%\rprogress 100%'),
    line('tab\tstop'),
  ]);
  await terminal.sees('tab     stop');
  expect(terminal.rows().join('\n')).toMatch(/abcde/);
  expect(terminal.rows().join('\n')).toContain('progress 100%');
  expect(terminal.rows().join('\n')).not.toContain('10%\n');
  expect(terminal.onAlternateScreen).toBe(true);
  expect(terminal.shown).not.toContain('owned');
});

it('a search marks every match, cell by cell, and n and N go round', async () => {
  const { terminal } = await open([
    ...numbered(0, 50),
    line('needle one'),
    ...numbered(50, 100),
    line('a needle'),
  ]);
  await terminal.sees('a needle');
  terminal.press('/needle');
  await terminal.sees('/needle');
  await terminal.sees('2 matches');
  terminal.press(enter);
  await terminal.sees('2 of 2');
  const { x, y } = placeOf(scene as Scene, 'a needle');
  const inverse = Array.from({ length: 9 }, (_, index) => terminal.cell(x + index, y).inverse);
  expect(inverse).toEqual([false, false, true, true, true, true, true, true, false]);
  terminal.press('n');
  await terminal.sees('1 of 2');
  await terminal.sees('needle one');
  terminal.press('N');
  await terminal.sees('2 of 2');
  terminal.press(escapeKey);
  await terminal.seesAll((rows) => !rows.join('\n').includes('2 of 2'));
});

it('while a prompt is open, keys are letters', async () => {
  const { terminal } = await open([line('a quit')]);
  terminal.press('/q?zr');
  await terminal.sees('/q?zr');
  terminal.press('\x7f\x7f\x7fuit');
  await terminal.sees('1 match');
  terminal.press(enter);
  await terminal.sees('/quit 1 of 1');
});

it('a filter leaves the lines that hold a text', async () => {
  const { terminal } = await open([...numbered(0, 200), line('an error here')]);
  terminal.press(`&line 19${enter}`);
  await terminal.seesAll((rows) => {
    const text = rows.join('\n');
    return text.includes('line 190') && text.includes('line 199') && !text.includes('error');
  });
  terminal.press(`${escapeKey}`);
  await terminal.sees('an error here');
});

it('scrolling up stays where it is while lines come, and G follows again', async () => {
  const { terminal, tell } = await openScrolled();
  await terminal.sees('scrolled');
  const before = terminal.rows().filter((row) => row.includes('line '));
  tell(numbered(100, 120));
  // What came has been taken in by the time that a key after it has been drawn.
  terminal.press('T');
  await terminal.sees(/\d\d:\d\d:\d\d/);
  terminal.press('T');
  await terminal.seesAll((rows) => !/\d\d:\d\d:\d\d/.test(rows.join('\n')));
  expect(terminal.rows().filter((row) => /\bline \d/.test(row))).toEqual(before);
  terminal.press('G');
  await terminal.sees('line 119');
});

async function openScrolled() {
  const opened = await open(numbered(0, 100));
  await opened.terminal.sees('line 99');
  opened.terminal.press(up);
  return { terminal: opened.terminal, tell: (events: readonly LogEvent[]) => opened.tell({ events }) };
}

it('a pause holds the lines still and counts those that come', async () => {
  const opened = await open(numbered(0, 20));
  const { terminal } = opened;
  await terminal.sees('line 19');
  terminal.press(' ');
  await terminal.sees('paused');
  opened.tell({ events: numbered(20, 25) });
  await terminal.sees('paused, 5 new');
  expect(terminal.rows().join('\n')).not.toContain('line 20');
  terminal.press(' ');
  await terminal.sees('line 24');
});

it('long lines are wrapped, or read by going aside; one of a megabyte too', async () => {
  const opened = await open([line(`${'a'.repeat(50)}${'b'.repeat(50)}end`)]);
  const { terminal } = opened;
  await terminal.sees('end');
  terminal.press('w');
  await terminal.seesAll((rows) => !rows.join('\n').includes('end'));
  terminal.press(right.repeat(8));
  await terminal.sees('end');
  terminal.press('w');
  opened.tell({ events: [line('x'.repeat(1_000_000)), line('after it')] });
  await terminal.sees('after it');
  expect(terminal.rows().join('\n')).toContain('characters more]');
});

it('wide characters, joined emoji and combining marks leave the frame where it is', async () => {
  const texts = ['日本語のログ', 'family 👨‍👩‍👧 ok', 'e\u0301 accent', '한국어', 'full ｗｉｄｔｈ'];
  scene = await Scene.open(program, { columns: 100, rows: 30 });
  const { terminal } = scene;
  scene.tell({ events: texts.map((text) => line(text)) });
  terminal.press('3');
  await terminal.sees('日本語のログ');
  await terminal.sees(
    'width'.replaceAll(/./g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)),
  );
  const { y } = placeOf(scene, '日本語のログ');
  const wide = terminal.cell(placeOf(scene, '日本語').x, y);
  expect([wide.text, wide.width]).toEqual(['日', 2]);
  for (const text of ['日本語のログ', '한국어', 'accent']) {
    expect(terminal.cell(99, placeOf(scene, text).y).text, text).toBe('│');
  }
});

it('replicas have colours of their own, services names of their own', async () => {
  const order = { project: project(['adder', 'store']), status: [live('adder', 2), live('store', 1)] };
  const { terminal } = await open(
    [
      line('first'),
      line('second', { replica: 'adder-566748c876-1' }),
      line('third', { service: 'store', replica: 'store-0' }),
      line('Step 1', { source: 'build', replica: '' }),
    ],
    { columns: 80, order },
  );
  terminal.press('m');
  await terminal.sees('third');
  const names = ['adder/0', 'adder/1', 'store', 'adder/build'];
  for (const name of names) await terminal.sees(name);
  const colours = names.map((name) => look(scene as Scene, `${name} `).foreground);
  expect(new Set(colours).size).toBe(4);
});

it('times come and go with T', async () => {
  const { terminal } = await open([line('hello')]);
  await terminal.sees('hello');
  terminal.press('T');
  await terminal.sees(/\d\d:\d\d:\d\d\.123 │ hello/);
});

it.each([
  [40, 12],
  [80, 24],
  [300, 100],
])('on %i × %i cells the newest line is seen and no row is too long', async (columns, rows) => {
  const opened = await open(numbered(0, 500), { columns, rows });
  await opened.terminal.sees('line 499');
  expect(opened.terminal.rows()).toHaveLength(rows);
});

it('a smaller and a larger window show the newest lines at once', async () => {
  const { terminal } = await open(numbered(0, 500));
  await terminal.sees('line 499');
  terminal.resize(40, 10);
  await terminal.seesAll((rows) => rows.length === 10 && rows.join('\n').includes('line 499'));
  terminal.resize(120, 40);
  await terminal.seesAll((rows) => rows.filter((row) => /line \d/.test(row)).length >= 30);
});

it('without colours and on ASCII terminals the same is told', async () => {
  const { terminal } = await open([line('\x1b[31mred\x1b[0m'), line('needle')], {
    env: { NO_COLOR: '1', LANG: 'C' },
  });
  await terminal.sees('red');
  expect(look(scene as Scene, 'red').foreground).toBeUndefined();
  expect(terminal.rows().join('\n')).toMatch(/\| red/);
  terminal.press(`/needle${enter}`);
  await terminal.sees('1 of 1');
  expect(look(scene as Scene, 'needle').inverse).toBe(true);
});

it('10 000 lines a second are drawn at most ten times a second', async () => {
  const opened = await open([], { columns: 120, rows: 40 });
  const { terminal } = opened;
  // The frames before this one are no answer to lines.
  await terminal.seesAll((rows) => !rows.join('\n').includes('╭'));
  const before = terminal.shown.length;
  const start = performance.now();
  for (let tick = 0; tick < 100; tick++) {
    opened.tell({ events: requests(tick * 500, 500) });
    await pause(Math.max(0, start + (tick + 1) * 50 - performance.now()));
  }
  await terminal.sees('GET /path/49999 ');
  const ms = performance.now() - start;
  const frames = terminal.shown.slice(before).split('\x1b[?2026h').length - 1;
  expect(frames).toBeLessThanOrEqual(ms / 100 + 1);
  expect(frames).toBeGreaterThan(0);
}, 60_000);

// A heap that could not hold them all: whoever keeps more than a bounded part of them ends for want of memory.
it('half a million lines pass through a heap of 96 MB', async () => {
  const opened = await open([], {
    ...{ columns: 120, rows: 40 },
    env: { NODE_OPTIONS: '--max-old-space-size=96' },
  });
  const { terminal } = opened;
  for (let from = 0; from < 500_000; from += 1_000) {
    opened.tell({ events: requests(from, 1_000) });
    // Only as fast as they are read, so that they do not wait here or there.
    if ((from + 1_000) % 10_000 === 0) await terminal.sees(`GET /path/${from + 999} `, 60_000);
  }
}, 300_000);

function requests(from: number, count: number): readonly LogEvent[] {
  return Array.from({ length: count }, (_, index) =>
    line(`GET /path/${from + index} 200 \x1b[32mok\x1b[0m ${'x'.repeat(60)}`),
  );
}
