import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { KdevEvent } from '../../src/core/event.ts';
import { live, makeSceneProgram, project, Scene, type SceneProgram } from './scene.ts';
import type { SceneOrder } from './scene-messages.ts';

let program: SceneProgram;
const scenes: Scene[] = [];

beforeAll(async () => {
  program = await makeSceneProgram();
});
afterEach(() => {
  for (const scene of scenes.splice(0)) scene.close();
});
afterAll(() => program.remove());

async function open(options: Parameters<typeof Scene.open>[1] = {}): Promise<Scene> {
  const scene = await Scene.open(program, options);
  scenes.push(scene);
  return scene;
}

const ready: KdevEvent = {
  event: 'ready',
  services: [{ service: 'adder', replicas: 2, urls: ['http://127.0.0.1:8080'] }],
  environment: 'local',
  context: 'box',
};

function save(seq: number, path: string, service = 'adder'): KdevEvent[] {
  const replicas = [{ pod: `${service}-566748c876-0`, digest: '5a1c', incarnation: 'i' }];
  const stages = { detect: 2.1, settle: 0.2, send: 1.3, apply: 2.9, total: 9.1 };
  const steps = [
    { step: 'sync', reason: '1 path' },
    { step: 'restart', reason: `${path} matches **/*.py` },
  ] as const;
  return [
    { event: 'change', seq, paths: [path], files: 1 },
    { event: 'plan', service, seq, steps },
    { event: 'synced', service, seq, files: 1, bytes: 4096, replicas, stages },
    { event: 'restarted', service, seq, replica: replicas[0]?.pod ?? '', oldPid: 31, newPid: 58, ms: 240 },
  ];
}

const busy: SceneOrder = {
  project: project(['adder', 'db', 'front']),
  status: [live('adder', 2, 41), live('db', 1), live('front', 1)],
};
const problem: KdevEvent = {
  ...{ event: 'problem', key: 'p', code: 'path-refused', service: 'adder', resolved: false },
  message: 'The path /app/x could not be written by uid 1000.',
  cure: 'Let that user own it in the Dockerfile.',
};

const sizes = [
  [40, 12],
  [60, 18],
  [80, 24],
  [120, 40],
  [200, 50],
  [300, 100],
] as const;

describe.each(sizes)('on %i × %i cells', (columns, rows) => {
  it('every panel shows what is in it, and nothing runs over an edge', async () => {
    const scene = await open({ columns, rows, order: busy });
    const { terminal } = scene;
    scene.tell({ events: [ready, ...save(41, 'e2e_k8s/demo.py'), problem] });
    scene.tell({
      events: [
        {
          event: 'test',
          service: 'adder',
          suite: 'unit',
          state: 'passed',
          replica: 'r',
          digest: 'd',
          ms: 900,
        },
        { event: 'log', service: 'adder', replica: 'adder-566748c876-0', line: 'hello from the app', at: '' },
      ],
    });
    const expected = {
      1: /adder/,
      2: /#41 .*demo\.py/,
      3: /hello from the app/,
      4: /could not be written/,
      5: /unit/,
    };
    for (const [key, text] of Object.entries(expected)) {
      terminal.press(key);
      await terminal.sees(text);
      await terminal.sees('local');
    }
    terminal.press('2');
    await terminal.sees(columns < 60 ? '2 activity' : /╭─ 2 activity ─+.*─╮/);
    for (const row of terminal.rows()) expect(row.length).toBeLessThanOrEqual(columns);
    // The header stands in the first row, the keys in the last one.
    expect(terminal.rows()[0]).toContain('demo');
    expect(terminal.rows()[rows - 1]).toMatch(/\? help .*q quit/);
    if (columns >= 60 && rows >= 18) expectFrames(terminal.rows());
    expect(terminal.onAlternateScreen).toBe(true);
  });

  it('the help has every key, and the question at the end its three answers', async () => {
    const { terminal } = await open({ columns, rows, order: busy });
    terminal.press('?');
    await terminal.sees('goes up');
    terminal.press('G');
    await terminal.sees(/end search/);
    terminal.press('\x1b');
    await terminal.sees('adder');
    terminal.press('q');
    await terminal.sees('leave everything running');
    await terminal.sees('remove it from demo-dev');
    await terminal.sees('cancel');
    terminal.press('c');
    await terminal.seesAll((shown) => !shown.join('\n').includes('cancel'));
  });
});

/** Every upper edge of a frame has its sides below it and a lower edge. */
function expectFrames(rows: readonly string[]): void {
  let found = 0;
  rows.forEach((row, y) => {
    for (const { index } of row.matchAll(/╭─ \d/g)) {
      found += 1;
      const column = rows.slice(y + 1).map((below) => below[index]);
      const end = column.findIndex((cell) => cell !== '│');
      expect(column[end], rows.join('\n')).toBe('╰');
      const right = row.indexOf('╮', index);
      expect(
        rows.slice(y + 1, y + 1 + end).every((below) => below[right] === '│'),
        rows.join('\n'),
      ).toBe(true);
      expect(rows[y + 1 + end]?.[right], rows.join('\n')).toBe('╯');
    }
  });
  expect(found).toBeGreaterThanOrEqual(3);
}

describe('the services', () => {
  it('show state, replicas in sync, restarts, tests and address', async () => {
    const scene = await open({ columns: 200, rows: 40, order: busy });
    scene.tell({ events: [ready, ...save(41, 'a.py')] });
    scene.tell({
      events: [
        { event: 'test', service: 'adder', suite: 'unit', state: 'failed', replica: 'r', digest: 'd' },
      ],
    });
    await scene.terminal.sees(/● adder +running +2\/2 on #41 +↻1 +✗1/);
    await scene.terminal.sees('3/3 in sync');
    scene.tell({ status: [{ ...live('adder', 2, 42), inSync: false }, live('db', 1), live('front', 1)] });
    await scene.terminal.sees(/adder +syncing/);
    await scene.terminal.sees('2/3 in sync');
  });

  it('are green where all is well, red where an app has crashed', async () => {
    const scene = await open({ order: busy });
    scene.tell({
      events: [
        ready,
        { event: 'app', service: 'db', replica: 'db-566748c876-0', state: 'held', exitCode: 3, stale: false },
      ],
    });
    const { terminal } = scene;
    await terminal.sees(/✗ db +crashed, exit code 3/);
    const find = (text: string) => {
      const y = terminal.rows().findIndex((row) => row.includes(text));
      return terminal.cell(terminal.rows()[y]?.indexOf(text) ?? 0, y);
    };
    expect(find('● adder').foreground).toBe(2);
    expect(find('✗ db').foreground).toBe(1);
    await terminal.sees('✗ 1 problem');
  });

  it('are chosen by keys, which ask for what they say of the chosen one; without a browser the address is shown (X5)', async () => {
    const scene = await open({ order: { ...busy, events: [] } });
    const { terminal } = scene;
    scene.tell({ events: [ready] });
    terminal.press('j');
    await terminal.sees(/▸● db/);
    terminal.press('r');
    await scene.asked({ called: 'restart', service: 'db' });
    await terminal.sees('restarting db');
    scene.tell({ answer: true });
    await terminal.sees('restarted db');
    terminal.press('b');
    await scene.asked({ called: 'rebuild', service: 'db' });
    terminal.press('t');
    await scene.asked({ called: 'test', service: 'db' });
    await terminal.sees('testing db; x ends it');
    terminal.press('x');
    terminal.press('ko');
    await scene.asked({ called: 'open', url: 'http://127.0.0.1:8080' });
    await terminal.sees(/^ http:\/\/127\.0\.0\.1:8080/m);
    terminal.press('p');
    await scene.asked({ called: 'pause' });
    await terminal.sees('paused');
    terminal.press('p');
    await scene.asked({ called: 'resume' });
  });

  it('tell why something they asked for did not work', async () => {
    const scene = await open({
      order: { project: project(['broken'], { tests: [] }), status: [live('broken', 1)] },
    });
    scene.terminal.press('r');
    await scene.asked({ called: 'restart', service: 'broken' });
    scene.tell({ answer: true });
    await scene.terminal.sees('Service broken has no replica. Bring it up.');
    scene.terminal.press('t');
    await scene.terminal.sees('broken declares no tests');
    scene.terminal.press('o');
    await scene.terminal.sees('broken has no ports');
  });

  it('are filtered by their names', async () => {
    const { terminal } = await open({ order: busy });
    terminal.press('/fr');
    await terminal.seesAll((rows) => !rows.join('\n').includes('adder') && /▸● front/.test(rows.join('\n')));
    terminal.press('\x1b');
    await terminal.sees('● adder');
  });

  it('of a hundred scroll so that the chosen one is always seen', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `service-${index}`);
    const order = { project: project(names), status: names.map((name) => live(name, 1)) };
    const { terminal } = await open({ order });
    terminal.press('j'.repeat(57));
    await terminal.sees(/▸● service-57 /);
    terminal.press('G');
    await terminal.sees(/▸● service-99 /);
    terminal.press('g');
    await terminal.sees(/▸● service-0 /);
  });
});

describe('the activity', () => {
  it('says which file to edit while there was no save', async () => {
    const scene = await open();
    scene.tell({ events: [ready] });
    await scene.terminal.sees('No save yet. Edit a file in e2e_k8s');
  });

  it('lists the steps of bringing up until all is ready', async () => {
    const scene = await open();
    scene.tell({
      events: [
        { event: 'step', text: 'reading the source tree' },
        { event: 'step', text: 'building adder' },
      ],
    });
    await scene.terminal.sees(/✓ reading the source tree/);
    await scene.terminal.sees(/◌ building adder/);
    await scene.terminal.sees('bringing up');
    await scene.terminal.sees(/building adder +2\.0 s/);
  });

  it('says of each save why, and how long each stage took of which budget', async () => {
    const scene = await open({ columns: 160, rows: 40 });
    scene.tell({ events: [ready, ...save(41, 'e2e_k8s/demo.py')] });
    await scene.terminal.sees(/#41 e2e_k8s\/demo\.py +restarted/);
    await scene.terminal.sees('restart: e2e_k8s/demo.py matches **/*.py');
    await scene.terminal.sees(/synced +9\.1 ms of 50 ms ▕█░+▏/);
    await scene.terminal.sees('detect 2.1 ms · settle 0.2 ms · send 1.3 ms · apply 2.9 ms');
    await scene.terminal.sees(/restarted +\S+ ms of 500 ms/);
    await scene.terminal.sees('pid 31 → 58');
  });

  it('shows in red what took longer than its budget', async () => {
    const scene = await open();
    const [changed, , synced] = save(1, 'a.txt');
    const late = { ...synced, stages: { detect: 1, settle: 1, send: 1, apply: 1, total: 87 } } as KdevEvent;
    scene.tell({ events: [ready, changed as KdevEvent, late] });
    await scene.terminal.sees('▕████████▏');
    const { terminal } = scene;
    const y = terminal.rows().findIndex((row) => row.includes('▕████████▏'));
    expect(terminal.cell(terminal.rows()[y]?.indexOf('▕') ?? 0, y).foreground).toBe(1);
  });

  it('keeps the row that somebody looks at while others come', async () => {
    const scene = await open({ columns: 160, rows: 40 });
    scene.tell({ events: [ready, ...save(1, 'a.py'), ...save(2, 'b.py')] });
    await scene.terminal.sees('#2 b.py');
    scene.terminal.press('2j');
    await scene.terminal.sees(/▸\S+ #1 a\.py/);
    scene.tell({ events: save(3, 'c.py') });
    await scene.terminal.sees('#3 c.py');
    await scene.terminal.sees(/▸\S+ #1 a\.py/);
  });
});

describe('problems', () => {
  it('stay until they are over, with what to do', async () => {
    const scene = await open();
    scene.tell({ events: [ready, problem] });
    await scene.terminal.sees('The path /app/x could not be written by uid 1000.');
    await scene.terminal.sees('→ Let that user own it in the Dockerfile.');
    await scene.terminal.sees(/path-refused · adder · since \d\d:\d\d:\d\d/);
    scene.tell({ events: [{ ...problem, message: '', resolved: true }] });
    await scene.terminal.seesAll((rows) => !rows.join('\n').includes('could not be written'));
    scene.terminal.press('4');
    await scene.terminal.sees('No problems.');
  });

  it('do not steer the terminal by what they quote', async () => {
    const scene = await open();
    scene.tell({ events: [ready, { ...problem, message: 'one\x1b[2J\x1b]0;title\x07two\rthree' }] });
    await scene.terminal.sees('onetwo three');
    expect(scene.terminal.shown).not.toContain('title');
  });

  it('that are mass deletions are asked about', async () => {
    const scene = await open({ columns: 120 });
    const held = { service: 'adder', deletions: 60, paths: ['/app/a'], why: 'more than 50', asking: true };
    scene.tell({ held: [held] });
    await scene.terminal.sees('adder: delete 60 files in the containers? y/n');
    scene.terminal.press('y');
    await scene.asked({ called: 'release', service: 'adder' });
    scene.terminal.press('n');
    await scene.asked({ called: 'keep', service: 'adder' });
  });
});

describe('tests', () => {
  it('show the last result of each suite, and that a save came in between', async () => {
    const scene = await open({ columns: 100, rows: 40 });
    const test = (suite: string, more: object): KdevEvent =>
      ({ event: 'test', service: 'adder', suite, replica: 'r', digest: '5a1c5a1c', ...more }) as KdevEvent;
    scene.terminal.press('5');
    await scene.terminal.sees(/unit +not run yet, t runs it/);
    scene.tell({
      events: [test('unit', { state: 'started' }), test('lint', { state: 'failed', exitCode: 2, ms: 1_500 })],
    });
    await scene.terminal.sees(/◌ unit +running/);
    await scene.terminal.sees(/✗ lint +failed, exit code 2/);
    scene.tell({ events: [test('unit', { state: 'passed', ms: 20, outdated: true })] });
    await scene.terminal.sees(/✓ unit +passed, before the last save/);
  });

  it('say where they are declared when there is none', async () => {
    const { terminal } = await open({ order: { project: project(['adder'], { tests: [] }) } });
    terminal.press('5');
    await terminal.sees('No tests are declared. Name them in dev.config.ts: services.NAME.tests');
  });
});

describe('the environment', () => {
  it.each([
    ['green', 2],
    ['red', 1],
    ['yellow', 3],
    ['blue', 4],
  ] as const)('has its name on %s, whatever is open', async (colour, number) => {
    const environment = { name: 'staging', colour };
    const { terminal } = await open({
      columns: 40,
      rows: 12,
      order: { project: project(['adder'], { environment }) },
    });
    for (const keys of ['2', '?', '\x1b', 'z', 'q']) {
      terminal.press(keys);
      await terminal.sees('staging');
      expect(terminal.cell(1, 0)).toMatchObject({ text: 's', foreground: number, inverse: true });
    }
  });
});

describe('the terminal', () => {
  it('without colours has none, and the same words', async () => {
    const scene = await open({ env: { NO_COLOR: '1' }, order: busy });
    scene.tell({ events: [ready, ...save(1, 'a.py'), problem] });
    await scene.terminal.sees('#1 a.py');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
    const looks = [...scene.terminal.shown.matchAll(/\x1b\[([\d;]*)m/g)].flatMap(([, numbers = '']) =>
      numbers.split(';').map(Number),
    );
    expect([...new Set(looks)].filter((number) => number >= 30)).toEqual([]);
    expect(scene.terminal.cell(1, 0)).toMatchObject({ text: 'l', inverse: true });
  });

  it.each([{ LANG: 'C' }, { TERM: 'linux' }])(
    'with %j gets ASCII alone, in frames all the same',
    async (env) => {
      const scene = await open({ env, order: busy });
      scene.tell({ events: [ready, ...save(1, 'a.py')] });
      await scene.terminal.sees(/\+- 1 services -+ 3 -\+/);
      await scene.terminal.sees('#1 a.py');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: everything else is what this is about
      expect(scene.terminal.shown).not.toMatch(/[^\x00-\x7f]/);
    },
  );

  it('of a machine for continuous integration shows the same', async () => {
    const scene = await open({ env: { CI: 'true', DEV: 'true' }, order: busy });
    await scene.terminal.sees('● adder');
  });

  it('is drawn anew at each size, from large to small and back', async () => {
    const scene = await open({ columns: 120, rows: 40, order: busy });
    scene.tell({ events: [ready, ...save(1, 'a.py')] });
    for (const [columns, rows] of [...sizes, ...sizes.toReversed()]) {
      scene.terminal.resize(columns, rows);
      await scene.terminal.seesAll(
        (shown) => /\? help .*q quit/.test(shown[rows - 1] ?? '') && (shown[0] ?? '').startsWith(' local'),
      );
      expect(
        scene.terminal
          .rows()
          .join('\n')
          .match(/q quit/g),
      ).toHaveLength(1);
    }
  });

  it('too small for anything says so, and is drawn again when it grows', async () => {
    const { terminal } = await open({ order: busy });
    terminal.resize(18, 4);
    await terminal.sees('too small');
    terminal.resize(80, 24);
    await terminal.sees('● adder');
  });

  it('gets at most ten frames a second, however many events come', async () => {
    const scene = await open({ order: busy });
    scene.tell({ events: [ready] });
    await scene.terminal.sees('No save yet');
    const begun = Date.now();
    const from = scene.terminal.shown.length;
    for (let seq = 1; seq <= 400; seq += 1) {
      scene.tell({ events: save(seq, `file-${seq}.py`) });
      await new Promise(setImmediate);
    }
    await scene.terminal.sees('#400 ');
    const seconds = (Date.now() - begun) / 1_000;
    const frames = scene.terminal.shown.slice(from).split('\x1b[?2026h').length - 1;
    expect(frames).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 2);
  });

  it('keeps what stood on it before, and gets a summary', async () => {
    const scene = await open({ order: busy });
    scene.tell({ events: [ready, ...save(1, 'a.py')] });
    await scene.terminal.sees('#1 a.py');
    scene.terminal.press('ql');
    const back = await scene.terminal.ended();
    expect(back).toMatchObject({ exitCode: 0, cursorHidden: false, modesSet: [], beforePrompt: '' });
    expect(back.modesAfter).toBe(back.modesBefore);
    expect(scene.terminal.onAlternateScreen).toBe(false);
    const lines = (await scene.terminal.screen()).filter((line) => line !== '');
    expect(lines[0]).toMatch(/^1 save, 1 restart in .*; live after 9\.1 ms$/);
    expect(lines).toHaveLength(2);
  });

  it('is the shell’s while one is open, and this screen’s again after it', async () => {
    const scene = await open({ order: busy });
    const { terminal } = scene;
    terminal.press('s');
    await scene.asked({ called: 'shell', service: 'adder' });
    await terminal.seesAll(() => !terminal.onAlternateScreen);
    terminal.press('stty -a | grep -o " [i]canon" ; echo "in the $((40 + 2))th shell"\r');
    await terminal.sees('in the 42th shell');
    await terminal.sees(' icanon');
    terminal.press('exit 7\r');
    await terminal.sees('the shell in adder ended with 7');
    expect(terminal.onAlternateScreen).toBe(true);
    terminal.press('j');
    await terminal.sees(/▸● db/);
  });
});

describe('signals', () => {
  it.each([
    ['Ctrl-C', 130, (scene: Scene) => scene.terminal.press('\x03')],
    ['INT', 130, (scene: Scene) => scene.terminal.signal('SIGINT')],
    ['TERM', 143, (scene: Scene) => scene.terminal.signal('SIGTERM')],
    ['HUP', 129, (scene: Scene) => scene.terminal.signal('SIGHUP')],
  ] as const)('%s ends with %i and gives the terminal back', async (_, exitCode, send) => {
    const scene = await open({ order: busy });
    send(scene);
    const back = await scene.terminal.ended();
    expect(back).toMatchObject({ exitCode, cursorHidden: false, modesSet: [], leftProcesses: [] });
    expect(back.modesAfter).toBe(back.modesBefore);
  });

  it.each([
    ['Ctrl-Z', (scene: Scene) => scene.terminal.press('\x1a')],
    ['TSTP', (scene: Scene) => scene.terminal.signal('SIGTSTP')],
  ])('%s gives the terminal back until the process goes on', async (_, stop) => {
    const scene = await open({ order: busy });
    const { terminal } = scene;
    stop(scene);
    await vi.waitFor(() => expect(terminal.isStopped()).toBe(true), 10_000);
    // Its last bytes may still be on their way through the terminal.
    await vi.waitFor(() => expect(terminal.onAlternateScreen).toBe(false), 10_000);
    expect(await terminal.modesNow()).toContain(' icanon');
    terminal.signal('SIGCONT');
    await terminal.seesAll(() => terminal.onAlternateScreen);
    await terminal.sees('● adder');
    terminal.press('j');
    await terminal.sees(/▸● db/);
    terminal.press('\x03');
    expect(await terminal.ended()).toMatchObject({ exitCode: 130, modesSet: [] });
  });
});
