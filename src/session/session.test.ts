import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { FakeContainer, fileEntry } from '../../test/fakes/container.ts';
import { begin, contentOf, digestOf, stopSessions } from '../../test/fakes/session.ts';

afterEach(stopSessions);

describe('a new replica', () => {
  it('gets the local tree before its app starts', async () => {
    const { watcher, container, inSync, start } = begin();
    watcher.make('src');
    watcher.save('src/demo.py', 'new');
    container.files.set('/app/demo.py', { entry: fileEntry(Buffer.from('image')), known: false });
    await start();
    await inSync();
    expect(container.starts).toHaveLength(1);
    expect(container.starts[0]?.get('/app/demo.py')).toEqual(fileEntry(Buffer.from('new')));
  });

  it('is not sent what it has, loses what was built from a file that is gone, and keeps what is foreign', async () => {
    const { watcher, container, inSync, start } = begin();
    watcher.save('src/same.py', 'same');
    for (const name of ['same.py', 'built.txt', 'cache.bin']) {
      const content = Buffer.from(name === 'same.py' ? 'same' : name);
      container.files.set(`/app/${name}`, { entry: fileEntry(content), known: false });
    }
    await start();
    await inSync();
    expect([...container.files.keys()].sort()).toEqual(['/app/cache.bin', '/app/same.py']);
    expect(container.batches.flatMap(({ items }) => items.map(({ op }) => op)).sort()).toEqual([
      'adopt',
      'delete',
    ]);
  });

  it('is dialled when its pod appears, and let go with it', async () => {
    const { watcher, session, containers, inSync, setPods, start } = begin();
    watcher.save('src/a.py', '1');
    await start();
    await inSync();
    containers.set('pod-2', new FakeContainer());
    setPods(['pod-2']);
    await inSync();
    expect(session.status()[0]?.replicas.map((replica) => replica.pod)).toEqual(['pod-2']);
  });
});

describe('a save', () => {
  it('reaches every replica and is reported once, with every replica in it', async () => {
    const { watcher, containers, named, inSync, start } = begin({ pods: ['pod-1', 'pod-2'] });
    await start();
    await inSync();
    watcher.save('src/page.html', 'hello');
    await eventually(() => expect(named('synced')).toHaveLength(1));
    expect(named('synced')[0]).toMatchObject({ service: 'adder', files: 1, bytes: 5 });
    expect(
      named('synced')[0]
        ?.replicas.map((replica) => replica.pod)
        .sort(),
    ).toEqual(['pod-1', 'pod-2']);
    for (const container of containers.values())
      expect(contentOf(container, '/app/page.html')).toBe(digestOf('hello'));
  });

  it('that no rule asks to restart for restarts nothing', async () => {
    const { watcher, container, named, inSync, start } = begin();
    await start();
    await inSync();
    watcher.save('src/page.html', 'hello');
    await eventually(() => expect(named('synced')).toHaveLength(1));
    expect(container.starts).toHaveLength(1);
  });

  it('of a module restarts the app once, on the new code', async () => {
    const { watcher, container, named, inSync, start } = begin();
    await start();
    await inSync();
    watcher.save('src/demo.py', 'v2');
    await eventually(() => expect(named('restarted')).toHaveLength(1));
    expect(container.starts.at(-1)?.get('/app/demo.py')).toEqual(fileEntry(Buffer.from('v2')));
    expect(container.starts).toHaveLength(2);
  });

  it('that makes a directory of a module restarts the app, and a new directory does not (F7)', async () => {
    const { watcher, container, named, inSync, start } = begin();
    watcher.save('src/demo.py', 'v1');
    await start();
    await inSync();
    watcher.make('src/new.py');
    await inSync();
    watcher.make('src/demo.py');
    await eventually(() => expect(named('restarted')).toHaveLength(1));
    expect(container.starts.at(-1)?.get('/app/demo.py')).toEqual({ type: 'dir' });
  });

  it('that makes a directory of a module in two steps restarts the app, too (F7)', async () => {
    const { watcher, container, named, inSync, start } = begin();
    watcher.save('src/demo.py', 'v1');
    await start();
    await inSync();
    watcher.remove('src/demo.py');
    watcher.make('src/demo.py');
    await eventually(() => expect(named('restarted')).toHaveLength(1));
    expect(container.starts.at(-1)?.get('/app/demo.py')).toEqual({ type: 'dir' });
  });

  it('that made a directory of a module while nobody watched restarts the app that runs the module (F7)', async () => {
    const { watcher, container, named, inSync, start } = begin();
    container.files.set('/app/demo.py', { entry: fileEntry(Buffer.from('v1')), known: true });
    container.start();
    container.gate = 'open';
    watcher.make('src/demo.py');
    await start();
    await inSync();
    await eventually(() => expect(named('restarted')).toHaveLength(1));
    expect(container.starts.at(-1)?.get('/app/demo.py')).toEqual({ type: 'dir' });
  });

  it('of a module restarts the app also when the session ends right behind it', async () => {
    const { watcher, container, named, inSync, session, start } = begin();
    await start();
    await inSync();
    watcher.save('src/demo.py', 'v2', { atomic: false });
    await vi.waitFor(() => expect(named('synced')).toHaveLength(1), { interval: 1, timeout: 10_000 });
    await session.stop();
    expect(container.starts.at(-1)?.get('/app/demo.py')).toEqual(fileEntry(Buffer.from('v2')));
    expect(container.starts).toHaveLength(2);
  });

  it('in several pieces is sent at once and restarts the app once, after the last piece', async () => {
    const { watcher, container, named, inSync, events, start } = begin();
    await start();
    await inSync();
    for (const piece of ['v', 'v1', 'v12', 'v123']) watcher.save('src/demo.py', piece, { atomic: false });
    await eventually(() => expect(named('restarted')).toHaveLength(1));
    const order = events.map(({ event }) => event);
    expect(order.indexOf('synced')).toBeLessThan(order.indexOf('restarted'));
    expect(container.starts.at(-1)?.get('/app/demo.py')).toEqual(fileEntry(Buffer.from('v123')));
  });

  it('that changes no content does nothing', async () => {
    const { watcher, container, inSync, events, start } = begin();
    watcher.save('src/demo.py', 'same');
    await start();
    await inSync();
    const before = {
      batches: container.batches.length,
      plans: events.filter(({ event }) => event === 'plan').length,
    };
    watcher.save('src/demo.py', 'same');
    watcher.save('src/other.html', 'x');
    await eventually(() => expect(container.batches.length).toBe(before.batches + 1));
    expect(container.starts).toHaveLength(1);
    expect(events.filter(({ event }) => event === 'plan')).toHaveLength(before.plans + 1);
  });

  it('of a dependency list asks for a rebuild', async () => {
    const { watcher, rebuilds, inSync, start } = begin();
    await start();
    await inSync();
    watcher.save('requirements.txt', 'six');
    await eventually(() => expect(rebuilds).toEqual(['requirements.txt changed']));
  });

  it('is held back while git owns the tree, and then sent as one', async () => {
    const { watcher, container, inSync, start } = begin();
    await start();
    await inSync();
    watcher.emit({ type: 'held', by: 'git' });
    for (let index = 0; index < 5; index++) watcher.save(`src/${index}.html`, 'x');
    await new Promise((resolve) => setImmediate(resolve));
    expect(container.batches).toHaveLength(0);
    watcher.emit({ type: 'released' });
    await inSync();
    expect(container.batches).toHaveLength(1);
  });
});

describe('a fault', () => {
  it.each([true, false])(
    'that cuts the link in a batch (applied there: %s) loses nothing',
    async (applied) => {
      const { watcher, container, inSync, start } = begin();
      await start();
      await inSync();
      container.cutAt = { batch: container.batches.length + 1, applied };
      watcher.save('src/demo.py', 'v2');
      await vi.waitFor(() => expect(container.dials).toBe(2), { timeout: 10_000 });
      await inSync();
      expect(contentOf(container, '/app/demo.py')).toBe(digestOf('v2'));
      await eventually(() => expect(container.starts.at(-1)?.has('/app/demo.py')).toBe(true));
    },
  );

  it('that ended an earlier session between a save and its restart does not lose the restart', async () => {
    const { container, named, start } = begin();
    Object.assign(container, { gate: 'open', restartOwed: true, app: { state: 'running', pid: 1 } });
    await start();
    await eventually(() => expect(named('restarted')).toHaveLength(1));
  });

  it('that ends the container fills its next life before the app starts', async () => {
    const { watcher, container, inSync, start } = begin();
    watcher.save('src/demo.py', 'v1');
    await start();
    await inSync();
    container.beginNewLife();
    await eventually(() => expect(container.starts).toHaveLength(2));
    expect(container.starts[1]?.get('/app/demo.py')).toEqual(fileEntry(Buffer.from('v1')));
  });

  it('of the app is healed by the next save, whether or not a rule restarts for it', async () => {
    const { watcher, container, inSync, start } = begin();
    await start();
    await inSync();
    container.crash();
    watcher.save('src/page.html', 'fixed');
    await eventually(() => expect(container.starts).toHaveLength(2));
  });

  it('of one replica leaves the others alone', async () => {
    const { watcher, containers, inSync, start } = begin({ pods: ['pod-1', 'pod-2'] });
    await start();
    await inSync();
    const [one, two] = [...containers.values()] as [FakeContainer, FakeContainer];
    one.cutAt = { batch: one.batches.length + 1, applied: false };
    watcher.save('src/a.html', 'x');
    await eventually(() => expect(contentOf(two, '/app/a.html')).toBe(digestOf('x')));
    await inSync();
    expect(contentOf(one, '/app/a.html')).toBe(digestOf('x'));
  });

  it('a container that somebody changed is found and healed (A26)', async () => {
    const { watcher, container, inSync, start } = begin();
    watcher.save('src/a.html', 'x');
    await start();
    await inSync();
    container.files.set('/app/a.html', { entry: fileEntry(Buffer.from('drift')), known: true });
    watcher.save('src/b.html', 'y');
    await vi.waitFor(() => expect(contentOf(container, '/app/a.html')).toBe(digestOf('x')), {
      timeout: 10_000,
    });
  });
});

it('a newer session ends this one’s writing and says who has it', async () => {
  const { named, session, start } = begin({ superseded: true });
  await start();
  await eventually(() => expect(named('problem')[0]?.code).toBe('session-superseded'));
  expect(session.status()[0]?.replicas[0]?.state).toBe('superseded');
});
