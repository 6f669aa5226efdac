import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { begin, contentOf, digestOf, stopSessions } from '../../test/fakes/session.ts';
import type { FakeWatcher } from '../../test/fakes/watcher.ts';
import { KdevError } from '../core/error.ts';

afterEach(stopSessions);

const { signal } = new AbortController();

/** Resolved once every promise that is ready now has run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

async function running(options: Parameters<typeof begin<FakeWatcher>>[0] = {}) {
  const made = begin(options);
  await made.start();
  await made.inSync();
  return { ...made, controls: made.session.controls };
}

describe('a restart that somebody asks for', () => {
  it('starts the app of every replica again, and answers when each has', async () => {
    const { containers, controls, named } = await running({ pods: ['pod-1', 'pod-2'] });
    await controls.restart('adder', signal);
    expect([...containers.values()].map(({ starts }) => starts.length)).toEqual([2, 2]);
    expect(named('restarted')).toHaveLength(2);
  });

  it('sends what is dirty first', async () => {
    const { container, controls, watcher } = await running();
    watcher.save('src/page.html', 'new');
    await controls.restart('adder', signal);
    expect(container.starts).toHaveLength(2);
    expect(container.starts[1]?.has('/app/page.html')).toBe(true);
  });

  it('that comes during another one begins after it', async () => {
    const { container, controls } = await running();
    const grace = gate();
    container.grace = grace.passed;
    const first = controls.restart('adder', signal);
    await turn();
    const second = controls.restart('adder', signal);
    grace.open();
    await Promise.all([first, second]);
    expect(container.starts).toHaveLength(3);
  });

  it('outlives a link that is cut meanwhile', async () => {
    const { container, controls } = await running();
    const grace = gate();
    container.grace = grace.passed;
    const restarted = controls.restart('adder', signal);
    await turn();
    container.cut();
    grace.open();
    await restarted;
    expect(container.dials).toBe(2);
    expect(container.starts).toHaveLength(2);
  });

  it('fails as the restarter says', async () => {
    const { container, controls } = await running();
    container.refusal = new KdevError({ code: 'restarter-silent', fault: 'environment', what: 'no answer' });
    await expect(controls.restart('adder', signal)).rejects.toMatchObject({ code: 'restarter-silent' });
  });

  it('needs a service that is there and a replica that is connected', async () => {
    const { controls, setPods } = await running();
    await expect(controls.restart('ader', signal)).rejects.toMatchObject({ code: 'service-unknown' });
    setPods([]);
    await expect(controls.restart('adder', signal)).rejects.toMatchObject({ code: 'replica-none' });
  });

  it('is waited for no longer than the caller wants', async () => {
    const { container, controls } = await running();
    const grace = gate();
    container.grace = grace.passed;
    const impatient = new AbortController();
    const restarted = controls.restart('adder', impatient.signal);
    impatient.abort(new Error('enough'));
    await expect(restarted).rejects.toThrow('enough');
    grace.open();
  });
});

describe('a rebuild that somebody asks for', () => {
  it('builds although nothing has changed, and answers when it is rolled out', async () => {
    const { building, controls, rebuilds } = await running();
    const built = gate();
    building.run = () => built.passed;
    const rebuilt = controls.rebuild('adder', signal);
    await turn();
    expect(rebuilds).toEqual(['somebody asked for it (forced)']);
    expect(controls.status()[0]?.building).toBe(true);
    built.open();
    await rebuilt;
    expect(controls.status()[0]?.building).toBe(false);
  });

  it('fails as the build does, and the status says so until one succeeds', async () => {
    const { building, controls } = await running();
    building.run = () => Promise.reject(new KdevError({ code: 'build-failed', fault: 'user', what: 'No.' }));
    await expect(controls.rebuild('adder', signal)).rejects.toMatchObject({ code: 'build-failed' });
    expect(controls.status()[0]?.buildFailed).toBe('No.');
    building.run = async () => undefined;
    await controls.rebuild('adder', signal);
    expect(controls.status()[0]?.buildFailed).toBeUndefined();
  });

  it('that an edit of its inputs cancels is answered by the build that follows', async () => {
    const { building, controls, rebuilds, watcher } = await running();
    const second = gate();
    building.run = (_wish, cancelled) =>
      rebuilds.length > 1
        ? second.passed
        : new Promise((_, reject) =>
            cancelled.addEventListener('abort', () => reject(cancelled.reason as Error)),
          );
    const rebuilt = controls.rebuild('adder', signal);
    watcher.save('requirements.txt', 'six');
    await eventually(() => expect(rebuilds).toHaveLength(2));
    expect(rebuilds[1]).toBe('requirements.txt changed (forced)');
    second.open();
    await rebuilt;
  });

  it('is refused for an image that is somebody else’s', async () => {
    const { controls } = await running({ built: false });
    await expect(controls.rebuild('adder', signal)).rejects.toMatchObject({ code: 'build-none' });
  });

  it('ends with the session', async () => {
    const { building, controls, session } = await running();
    building.run = (_wish, cancelled) =>
      new Promise((_, reject) =>
        cancelled.addEventListener('abort', () => reject(cancelled.reason as Error)),
      );
    const rebuilt = controls.rebuild('adder', signal);
    await turn();
    await Promise.all([expect(rebuilt).rejects.toMatchObject({ code: 'session-ended' }), session.stop()]);
  });
});

describe('a pause', () => {
  it('keeps saves back, says how many, and lets them out as one change set', async () => {
    const { container, controls, named, watcher, inSync } = await running();
    controls.pause();
    expect(controls.paused).toBe(true);
    watcher.save('src/a.html', '1');
    watcher.save('src/a.html', '2');
    watcher.save('src/b.html', 'x');
    expect(controls.status()[0]).toMatchObject({ unsent: 2, inSync: false });
    await turn();
    expect(container.batches).toHaveLength(0);
    controls.resume();
    await inSync();
    expect(contentOf(container, '/app/a.html')).toBe(digestOf('2'));
    expect(named('change')).toHaveLength(1);
    expect(named('paused').map(({ paused }) => paused)).toEqual([true, false]);
  });

  it('lets a new pod have everything that is here', async () => {
    const { container, controls, watcher } = await running();
    watcher.save('src/a.html', 'before');
    await controls.settle([], signal);
    controls.pause();
    watcher.save('src/a.html', 'during');
    container.beginNewLife();
    await eventually(() => expect(container.starts).toHaveLength(2));
    expect(contentOf(container, '/app/a.html')).toBe(digestOf('during'));
    controls.resume();
    await controls.settle([], signal);
  });

  it('lets a person restart', async () => {
    const { container, controls, watcher } = await running();
    controls.pause();
    watcher.save('src/demo.py', 'v2');
    await controls.restart('adder', signal);
    expect(container.starts).toHaveLength(2);
    expect(contentOf(container, '/app/demo.py')).toBeUndefined();
  });
});

describe('settling', () => {
  it('waits for a save that nobody has hinted at', async () => {
    const { container, controls, watcher } = await running();
    watcher.onRescan = () => watcher.save('src/a.html', 'late hint');
    const [status] = await controls.settle(['adder'], signal);
    expect(contentOf(container, '/app/a.html')).toBe(digestOf('late hint'));
    expect(status?.digest).toBe(container.digest());
  });

  it('waits for the restart that a save asks for', async () => {
    const { container, controls, watcher } = await running();
    const grace = gate();
    container.grace = grace.passed;
    watcher.save('src/demo.py', 'v2', { atomic: false });
    let settled = false;
    const settling = controls.settle([], signal).then(() => {
      settled = true;
    });
    await eventually(() => expect(contentOf(container, '/app/demo.py')).toBe(digestOf('v2')));
    await turn();
    expect(settled).toBe(false);
    grace.open();
    await settling;
    expect(container.starts).toHaveLength(2);
  });

  it('waits for a rebuild that is due, and for its rollout', async () => {
    const { building, controls, rebuilds, watcher } = await running();
    const built = gate();
    building.run = () => built.passed;
    watcher.save('requirements.txt', 'six');
    const settling = controls.settle([], signal);
    await eventually(() => expect(rebuilds).toHaveLength(1));
    built.open();
    const [status] = await settling;
    expect(status?.building).toBe(false);
  });

  it('fails with a rebuild that is due and failed, also when that was before', async () => {
    const { building, controls, watcher } = await running();
    building.run = () => Promise.reject(new KdevError({ code: 'build-failed', fault: 'user', what: 'No.' }));
    watcher.save('requirements.txt', 'six');
    await expect(controls.settle([], signal)).rejects.toMatchObject({ code: 'build-failed' });
    await expect(controls.settle([], signal)).rejects.toMatchObject({ code: 'build-failed' });
  });

  it('waits for a replica that is missing', async () => {
    const { containers, controls, setPods } = await running({ pods: ['pod-1', 'pod-2'] });
    setPods(['pod-1']);
    const settling = controls.settle([], signal);
    await turn();
    setPods([...containers.keys()]);
    expect((await settling)[0]?.replicas).toHaveLength(2);
  });

  it('says so where saves wait for the end of a pause, and does not mind a pause without any', async () => {
    const { controls, watcher } = await running();
    controls.pause();
    await controls.settle([], signal);
    watcher.save('src/a.html', 'x');
    await expect(controls.settle([], signal)).rejects.toMatchObject({ code: 'sync-paused' });
  });

  it('of a service that is not there fails, and so does waiting for replicas that another session took', async () => {
    const { controls } = await running();
    await expect(controls.settle(['ader'], signal)).rejects.toMatchObject({ code: 'service-unknown' });
    const other = begin({ superseded: true });
    await other.start();
    await expect(other.session.controls.settle([], signal)).rejects.toMatchObject({
      code: 'session-superseded',
    });
  });

  it('ends with its caller', async () => {
    const { container, controls, watcher } = await running();
    const grace = gate();
    container.grace = grace.passed;
    watcher.save('src/demo.py', 'v2');
    const impatient = new AbortController();
    const settling = controls.settle([], impatient.signal);
    await turn();
    impatient.abort(new Error('enough'));
    await expect(settling).rejects.toThrow('enough');
    grace.open();
  });
});
