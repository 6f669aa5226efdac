import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { deployFirst } from './first-deployment.ts';
import { RebuildLane, type RebuildWish } from './rebuild-lane.ts';

/** Time that goes on only when a test says so. */
class HandClock implements Clock {
  #ms = 0;
  #timers: { at: number; run: () => void }[] = [];
  now = (): number => this.#ms;
  monotonic = (): number => this.#ms;
  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#ms + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  };

  async pass(ms: number): Promise<void> {
    const end = this.#ms + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#ms = next.at;
      this.#timers = this.#timers.filter((each) => each !== next);
      next.run();
      await turn();
    }
    this.#ms = end;
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Build {
  readonly wish: RebuildWish;
  state: 'running' | 'done' | 'cancelled' | 'failed';
  end(error?: Error): Promise<void>;
}

let clock: HandClock;
let builds: Build[];
let lane: RebuildLane;

beforeEach(() => {
  clock = new HandClock();
  builds = [];
  lane = new RebuildLane({ clock, rebuild: startBuild, onProgress: () => undefined });
});

function startBuild(wish: RebuildWish, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const build: Build = {
      wish,
      state: 'running',
      end: async (error) => {
        build.state = error ? 'failed' : 'done';
        if (error) reject(error);
        else resolve();
        await turn();
      },
    };
    signal.addEventListener('abort', () => {
      build.state = 'cancelled';
      reject(signal.reason as Error);
    });
    builds.push(build);
  });
}

const edit = (reason = 'a changed', asked = false): void => lane.request(reason, { asked });
const states = (): string[] => builds.map(({ state }) => state);
const reasons = (): string[] => builds.map(({ wish }) => wish.reason);
const person = { reason: 'somebody asked for it', asked: true, forced: true };

describe('edits', () => {
  it('are built together once they rest', async () => {
    edit('a changed');
    await clock.pass(200);
    edit('b changed');
    await clock.pass(200);
    expect(builds).toEqual([]);
    expect(lane.busy).toBe(true);
    await clock.pass(200);
    expect(reasons()).toEqual(['b changed']);
    await builds[0]?.end();
    expect(lane.busy).toBe(false);
  });

  it('that never rest are built all the same', async () => {
    for (let ms = 0; ms < 1_600; ms += 200) {
      edit();
      await clock.pass(200);
    }
    expect(builds).toHaveLength(1);
  });

  it('B6: a newer one cancels the running build, and the next one begins when that has ended', async () => {
    edit('a changed');
    await clock.pass(300);
    edit('b changed');
    await clock.pass(300);
    expect(states()).toEqual(['cancelled', 'running']);
    expect(reasons()).toEqual(['a changed', 'b changed']);
  });

  it('every 200 ms do not starve the build: after two cancelled ones, one is let finish', async () => {
    const save = async (times: number): Promise<void> => {
      for (let count = 0; count < times; count++) {
        edit();
        await clock.pass(200);
      }
    };
    await save(24);
    expect(states()).toEqual(['cancelled', 'cancelled', 'running']);
    await save(100);
    expect(states()).toEqual(['cancelled', 'cancelled', 'running']);
    await builds[2]?.end();
    expect(states()).toEqual(['cancelled', 'cancelled', 'done', 'running']);
  });

  it('after a failed build are tried again', async () => {
    edit();
    await clock.pass(300);
    await builds[0]?.end(new Error('no'));
    expect(lane.failure?.message).toBe('no');
    expect(lane.busy).toBe(false);
    edit();
    await clock.pass(300);
    await builds[1]?.end();
    expect(lane.failure).toBeUndefined();
  });
});

describe('a person', () => {
  it('waits for the build that runs, and gets one that comes after it', async () => {
    edit();
    await clock.pass(300);
    const forced = lane.force(person);
    await turn();
    expect(builds).toHaveLength(1);
    await builds[0]?.end();
    expect(builds[1]?.wish).toEqual(person);
    await builds[1]?.end();
    await forced;
  });

  it('takes with it what is due', async () => {
    edit('a changed');
    const forced = lane.force(person);
    await turn();
    expect(builds[0]?.wish).toEqual({ reason: 'a changed', asked: true, forced: true });
    await builds[0]?.end();
    await forced;
    expect(lane.busy).toBe(false);
  });

  it('who waits no longer ends a build that nobody else wants', async () => {
    const stop = new AbortController();
    const forced = lane.force(person, stop.signal);
    await turn();
    stop.abort(new Error('enough'));
    await expect(forced).rejects.toThrow('enough');
    await turn();
    expect(states()).toEqual(['cancelled']);
    expect(lane.failure).toBeUndefined();
    expect(lane.busy).toBe(false);
  });

  it('who waits no longer leaves a build alone that an edit or somebody else asked for', async () => {
    const stop = new AbortController();
    const first = lane.force(person);
    const second = lane.force({ ...person, forced: false }, stop.signal);
    await turn();
    edit();
    stop.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    expect(states()).toEqual(['running']);
    await builds[0]?.end();
    await first;
  });
});

describe('the first deployment', () => {
  function deploy(isRepairable = false): Promise<void> {
    const work = (signal: AbortSignal) => startBuild({ ...person, reason: 'first' }, signal);
    return deployFirst({
      ...{ lanes: [lane], work, isRepairable: () => isRepairable },
      signal: new AbortController().signal,
    });
  }

  it('is begun again for a newer edit, and nothing is built twice', async () => {
    const deployed = deploy();
    edit();
    await clock.pass(300);
    expect(states()).toEqual(['cancelled', 'running']);
    expect(reasons()).toEqual(['first', 'first']);
    await builds[1]?.end();
    await deployed;
    expect(lane.busy).toBe(false);
    expect(builds).toHaveLength(2);
  });

  it('is let finish after two were cancelled; the edit that came too late is built afterwards', async () => {
    const deployed = deploy();
    for (let count = 0; count < 4; count++) {
      edit();
      await clock.pass(300);
    }
    expect(states()).toEqual(['cancelled', 'cancelled', 'running']);
    await builds[2]?.end();
    await deployed;
    expect(reasons()).toEqual(['first', 'first', 'first', 'a changed']);
    expect(states()).toEqual(['cancelled', 'cancelled', 'done', 'running']);
  });

  it('that an edit can repair waits for one', async () => {
    const deployed = deploy(true);
    await builds[0]?.end(new Error('no'));
    await clock.pass(60_000);
    expect(builds).toHaveLength(1);
    edit();
    await clock.pass(300);
    expect(builds).toHaveLength(2);
    await builds[1]?.end();
    await deployed;
    expect(builds).toHaveLength(2);
  });

  it('that nothing can repair fails', async () => {
    const refused = expect(deploy()).rejects.toThrow('no');
    await builds[0]?.end(new Error('no'));
    await refused;
  });
});

it('whoever waits for a lane to rest waits for what is due and for what runs', async () => {
  let rested = false;
  edit();
  const rest = lane.rest().then(() => {
    rested = true;
  });
  await clock.pass(300);
  expect(rested).toBe(false);
  await builds[0]?.end();
  await rest;
  expect(rested).toBe(true);
});

it('a lane that is stopped cancels what runs and builds nothing more', async () => {
  edit();
  await clock.pass(300);
  const waiting = lane.force(person);
  const refused = expect(waiting).rejects.toMatchObject({ code: 'session-ended' });
  await lane.stop();
  await refused;
  edit();
  await clock.pass(1_000);
  expect(states()).toEqual(['cancelled']);
});
