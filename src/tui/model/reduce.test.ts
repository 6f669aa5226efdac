import { describe, expect, it } from 'vitest';
import type { KdevEvent } from '../../core/event.ts';
import { keptActivity } from './activity.ts';
import { emptyModel, type Model, type Save } from './model.ts';
import { verdictOf } from './outcome.ts';
import { keptProblems } from './problems.ts';
import { reduce } from './reduce.ts';
import { standingProblems } from './standing.ts';

const start = Date.parse('2026-11-21T14:00:00.000Z');

/** What events amount to that come one second after the other. */
function modelOf(events: readonly (KdevEvent & { readonly ms?: number })[], from: Model = emptyModel): Model {
  return events.reduce(
    (model, event, index) => reduce(model, { ...event, time: new Date(start + index * 1_000).toISOString() }),
    from,
  );
}

const ready: KdevEvent = {
  event: 'ready',
  services: [{ service: 'adder', replicas: 2, urls: ['http://127.0.0.1:8080'] }],
  environment: 'local',
  context: 'box',
};
const change = (seq: number): KdevEvent => ({ event: 'change', seq, paths: [`file-${seq}.py`], files: 1 });
const plan = (seq: number, ...steps: readonly ('sync' | 'restart' | 'rebuild')[]): KdevEvent => ({
  ...{ event: 'plan', service: 'adder', seq },
  steps: steps.map((step) => ({ step, reason: `because of ${step}` })),
});
const synced = (seq: number, total = 9, replicas = ['one', 'two']): KdevEvent => ({
  ...{ event: 'synced', service: 'adder', seq, files: 1, bytes: 4096 },
  replicas: replicas.map((pod) => ({ pod, digest: 'd', incarnation: 'i' })),
  stages: { detect: 2, settle: 0.2, send: 1.3, apply: 2.9, total },
});
const restarted = (seq: number, replica: string): KdevEvent => ({
  ...{ event: 'restarted', service: 'adder', seq, replica, oldPid: 31, newPid: 58, ms: 240 },
});
const build = (state: 'started' | 'cached' | 'done' | 'failed' | 'cancelled', seq?: number): KdevEvent => ({
  ...{ event: 'build', service: 'adder', state, reason: 'pyproject.toml changed' },
  ...(seq !== undefined && { seq }),
  ...(state === 'done' && { ms: 3_000 }),
});
const rollout = (state: 'started' | 'done' | 'stuck'): KdevEvent => ({
  ...{ event: 'rollout', service: 'adder', state, reason: 'image not found' },
  ...(state === 'done' && { ms: 2_000 }),
});

function onlySave(model: Model): Save {
  const saves = model.activity.filter((each): each is Save => each.type === 'save');
  expect(saves).toHaveLength(1);
  return saves[0] as Save;
}

describe('a save', () => {
  it.each([
    ['has no effect where no service plans anything', [change(1)], { kind: 'nothing', state: 'done' }],
    ['is under way once it is planned', [change(1), plan(1, 'sync')], { kind: 'sync', state: 'under way' }],
    [
      'is synced with the time to the last acknowledgement',
      [change(1), plan(1, 'sync'), synced(1)],
      { kind: 'sync', state: 'done', ms: 9, budgetMs: 50 },
    ],
    [
      'that restarts is done when every replica has started again, counted from the change on',
      [change(1), plan(1, 'sync', 'restart'), synced(1), restarted(1, 'one'), restarted(1, 'two')],
      { kind: 'restart', state: 'done', ms: 2_009, budgetMs: 500 },
    ],
    [
      'that restarts is under way while one replica has not',
      [change(1), plan(1, 'sync', 'restart'), synced(1), restarted(1, 'one')],
      { kind: 'restart', state: 'under way' },
    ],
    [
      'that rebuilds is under way until its pods are rolled out',
      [change(1), plan(1, 'sync', 'rebuild'), synced(1), build('started'), build('done'), rollout('started')],
      { kind: 'rebuild', state: 'under way' },
    ],
    [
      'that rebuilds takes as long as building and rolling out',
      [change(1), plan(1, 'rebuild'), build('started'), build('done'), rollout('started'), rollout('done')],
      { kind: 'rebuild', state: 'done', ms: 5_000 },
    ],
    [
      'fails with its build',
      [change(1), plan(1, 'rebuild'), build('started'), build('failed')],
      { kind: 'rebuild', state: 'failed' },
    ],
  ] as const)('%s', (_, events, verdict) => {
    expect(verdictOf(onlySave(modelOf(events)))).toMatchObject(verdict);
  });

  it('is in the build that contains it, also where a newer one cancelled the first; a later save is not', () => {
    const saves = [change(1), plan(1, 'rebuild'), build('started', 1), change(2), plan(2, 'rebuild')];
    const builds = [build('cancelled', 1), build('started', 2), change(3), plan(3, 'rebuild')];
    const model = modelOf([...saves, ...builds, build('done', 2), rollout('started'), rollout('done')]);
    expect(model.facts['adder']?.build?.seq).toBe(2);
    const verdicts = model.activity.filter((each) => each.type === 'save').map(verdictOf);
    expect(verdicts.map(({ state }) => state)).toEqual(['done', 'done', 'under way']);
  });

  it('is as far as the service that is least far', () => {
    const other: KdevEvent = {
      event: 'plan',
      service: 'front',
      seq: 1,
      steps: [{ step: 'sync', reason: '' }],
    };
    const model = modelOf([change(1), plan(1, 'sync'), other, synced(1)]);
    expect(verdictOf(onlySave(model))).toMatchObject({ state: 'under way' });
  });

  it('whose beginning was not heard is shown all the same, but for what was missing in a new container', () => {
    expect(onlySave(modelOf([synced(7)]))).toMatchObject({ seq: 7, paths: [], files: 1 });
    expect(modelOf([synced(0)]).activity).toEqual([]);
  });
});

describe('what is not a save', () => {
  it('is a restart that nobody’s save asked for', () => {
    const model = modelOf([change(1), plan(1, 'sync'), synced(1), restarted(1, 'one')]);
    expect(model.activity.at(-1)).toMatchObject({ type: 'note', tone: 'good', service: 'adder' });
    expect(model.totals).toMatchObject({ saves: 1, restarts: 1 });
  });

  it('is an app that ends by itself; that is a problem until it runs again', () => {
    const crash: KdevEvent = {
      ...{ event: 'app', service: 'adder', replica: 'one', state: 'held', exitCode: 3, stale: false },
    };
    const model = modelOf([ready, crash]);
    expect(model.activity.at(-1)).toMatchObject({ type: 'note', tone: 'bad' });
    expect(standingProblems(model)).toMatchObject([{ key: 'crash/one', replica: 'one' }]);
    expect(standingProblems(modelOf([{ ...crash, state: 'running' }], model))).toEqual([]);
    expect(standingProblems(modelOf([restarted(0, 'one')], model))).toEqual([]);
  });
});

describe('bringing up', () => {
  it('is a list of steps, each over when the next one begins, until all is ready', () => {
    const step = (text: string): KdevEvent => ({ event: 'step', text });
    const model = modelOf([step('reading'), step('building'), ready, step('later')]);
    expect(model.ready).toBe(true);
    expect(model.steps.map(({ text, ms }) => [text, ms])).toEqual([
      ['reading', 1_000],
      ['building', 1_000],
    ]);
    expect(model.facts['adder']?.urls).toEqual(['http://127.0.0.1:8080']);
  });

  it('shows what the builder said last', () => {
    const line: KdevEvent = {
      ...{ event: 'log', service: 'adder', replica: '', line: 'RUN pip install', at: '', source: 'build' },
    };
    expect(modelOf([build('started'), line]).facts['adder']?.build?.line).toBe('RUN pip install');
    expect(modelOf([build('done'), line]).facts['adder']?.build?.line).toBeUndefined();
  });
});

describe('problems', () => {
  const problem = (key: string, message: string, resolved = false): KdevEvent => ({
    ...{ event: 'problem', key, code: 'path-refused', message, resolved },
  });

  it('stand in their order until they are over, told again in the newest words', () => {
    const model = modelOf([problem('a', 'one'), problem('b', 'two'), problem('a', 'three')]);
    expect(model.problems.map(({ message }) => message)).toEqual(['three', 'two']);
    expect(model.problems[0]?.since).toBe(start);
    expect(modelOf([problem('a', '', true)], model).problems.map(({ key }) => key)).toEqual(['b']);
    expect(modelOf([problem('nobody', '', true)], model).problems).toEqual(model.problems);
  });

  it('are also what services suffer from, once', () => {
    expect(standingProblems(modelOf([build('failed')]))).toMatchObject([{ code: 'build-failed' }]);
    expect(standingProblems(modelOf([rollout('stuck')]))).toMatchObject([{ key: 'rollout/adder' }]);
    expect(standingProblems(modelOf([build('failed'), problem('rebuild/adder', 'no')]))).toHaveLength(1);
    expect(standingProblems(modelOf([build('failed'), build('done'), rollout('done')]))).toEqual([]);
  });
});

it('of each suite the newest result counts, in the place of its first', () => {
  const test = (suite: string, state: 'started' | 'passed' | 'failed'): KdevEvent => ({
    ...{ event: 'test', service: 'adder', suite, state, replica: 'one', digest: 'd' },
  });
  const { tests } = modelOf([test('unit', 'failed'), test('lint', 'passed'), test('unit', 'started')]);
  expect(tests.map(({ suite, state }) => `${suite} ${state}`)).toEqual(['unit started', 'lint passed']);
});

it('however long a session lasts, it takes no more memory', () => {
  const events = Array.from({ length: 3_000 }, (_, index) => index + 1).flatMap((seq) => [
    { event: 'step', text: `step ${seq}` } as const,
    change(seq),
    plan(seq, 'sync'),
    synced(seq, seq),
    { event: 'problem', key: `${seq}`, code: 'x', message: 'x', resolved: false } as const,
  ]);
  const model = modelOf(events);
  expect(model.activity).toHaveLength(keptActivity);
  expect(model.activity.at(-1)).toMatchObject({ seq: 3_000 });
  expect(model.problems).toHaveLength(keptProblems);
  expect(model.totals.saves).toBe(3_000);
  expect(model.totals.slowest).toBe(3_000);
  expect(JSON.stringify(model).length).toBeLessThan(500_000);
});
