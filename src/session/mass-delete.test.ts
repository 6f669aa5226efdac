import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { FakeContainer, fileEntry } from '../../test/fakes/container.ts';
import { begin, stopSessions } from '../../test/fakes/session.ts';
import type { FakeWatcher } from '../../test/fakes/watcher.ts';
import type { RelPath } from '../core/change.ts';

afterEach(stopSessions);

const { signal } = new AbortController();

/** A tree of 200 pages in two directories and one module. */
function fill(watcher: FakeWatcher): void {
  for (const dir of ['src/old', 'src/kept']) {
    watcher.make(dir);
    for (let index = 0; index < 100; index++) watcher.save(`${dir}/${index}.html`, `${dir}/${index}`);
  }
  watcher.save('src/demo.py', 'v1');
}

async function running(options: Parameters<typeof begin<FakeWatcher>>[0] = {}) {
  const made = begin(options);
  fill(made.watcher);
  await made.start();
  await made.inSync();
  return { ...made, controls: made.session.controls };
}

const pages = (container: FakeContainer, dir: string): number =>
  [...container.files.keys()].filter((path) => path.startsWith(`/app/${dir}/`)).length;

async function held(made: Awaited<ReturnType<typeof running>>) {
  made.watcher.remove('src/old');
  return eventually(() => {
    const [found] = made.controls.held;
    if (found === undefined) throw new Error('nothing is held');
    return found;
  });
}

describe('a mass delete', () => {
  it('is held: the containers keep the files, and somebody is asked', async () => {
    const made = await running();
    const facts = await held(made);
    expect(facts).toMatchObject({ service: 'adder', deletions: 101, asking: true });
    expect(facts.why).toContain('101 of 203 paths');
    expect(pages(made.container, 'old')).toBe(100);
    expect(made.controls.status()[0]).toMatchObject({ inSync: false, held: 101 });
    expect(made.named('problem')).toMatchObject([
      { key: 'held/adder', code: 'mass-delete-held', resolved: false },
    ]);
    await expect(made.controls.settle([], signal)).rejects.toMatchObject({ code: 'mass-delete-held' });
  });

  it('is not what a renamed directory is, and nobody waits for anything', async () => {
    const made = await running();
    made.watcher.move('src/old', 'src/new');
    await made.inSync();
    expect(made.controls.held).toEqual([]);
    expect([pages(made.container, 'old'), pages(made.container, 'new')]).toEqual([0, 100]);
  });

  it('is a directory that was moved to where the service has nothing of it', async () => {
    const made = await running();
    made.watcher.move('src/old', 'elsewhere');
    await eventually(() => expect(made.controls.held).toHaveLength(1));
    expect(pages(made.container, 'old')).toBe(100);
  });

  it('keeps nothing else from being synced', async () => {
    const made = await running();
    await held(made);
    made.watcher.save('src/demo.py', 'v2');
    made.watcher.remove('src/kept/1.html');
    await eventually(() => expect(made.container.starts).toHaveLength(2));
    await eventually(() => expect(pages(made.container, 'kept')).toBe(99));
    expect(pages(made.container, 'old')).toBe(100);
  });

  it('goes out when somebody says that it is meant', async () => {
    const made = await running();
    await held(made);
    await made.controls.release('adder', signal);
    await made.inSync();
    expect(pages(made.container, 'old')).toBe(0);
    expect(made.controls.held).toEqual([]);
    expect(made.named('problem').at(-1)).toMatchObject({ key: 'held/adder', resolved: true });
    await made.controls.settle([], signal);
  });

  it('stays held and is not asked about again when somebody says no', async () => {
    const made = await running();
    await held(made);
    made.controls.keep('adder');
    expect(made.named('problem').at(-1)).toMatchObject({ key: 'held/adder', resolved: true });
    expect(made.controls.held).toMatchObject([{ asking: false, deletions: 101 }]);
    expect(made.controls.status()[0]?.inSync).toBe(false);
    await made.controls.release('adder', signal);
    await made.inSync();
  });

  it('is over when the files are back', async () => {
    const made = await running();
    await held(made);
    made.watcher.make('src/old');
    for (let index = 0; index < 100; index++) made.watcher.save(`src/old/${index}.html`, `src/old/${index}`);
    await made.inSync();
    expect(made.controls.held).toEqual([]);
    expect(pages(made.container, 'old')).toBe(100);
  });

  it('in many small pieces is one', async () => {
    const made = await running();
    for (let index = 0; index < 100; index++) made.watcher.remove(`src/old/${index}.html`);
    await eventually(() => expect(made.controls.held).toHaveLength(1));
    // What came before it looked like one has gone.
    expect(pages(made.container, 'old')).toBeGreaterThan(90);
  });

  it('by git is nobody’s business', async () => {
    const made = await running();
    made.watcher.emit({ type: 'held', by: 'git' });
    made.watcher.remove('src/old');
    made.watcher.emit({ type: 'released' });
    await eventually(() => expect(pages(made.container, 'old')).toBe(0));
    expect(made.controls.held).toEqual([]);
  });

  it('during a pause is held when the pause ends', async () => {
    const made = await running();
    made.controls.pause();
    made.watcher.remove('src/old');
    made.controls.resume();
    expect(made.controls.held).toMatchObject([{ deletions: 101 }]);
  });

  it('of a directory that became a file is held with that file', async () => {
    const made = await running();
    made.watcher.replace('src/old', 'a file now');
    await eventually(() => expect(made.controls.held).toHaveLength(1));
    expect(pages(made.container, 'old')).toBe(100);
    await made.controls.release('adder', signal);
    await made.inSync();
    expect(made.container.files.get('/app/old')?.entry).toEqual(fileEntry(Buffer.from('a file now')));
  });

  it('is none when somebody said yes beforehand', async () => {
    const made = await running({ confirmed: true });
    made.watcher.remove('src/old');
    await eventually(() => expect(pages(made.container, 'old')).toBe(0));
    expect(made.controls.held).toEqual([]);
  });
});

describe('the first comparison with a container', () => {
  function withOldFiles() {
    const made = begin();
    fill(made.watcher);
    for (let index = 0; index < 300; index++)
      made.container.files.set(`/app/gone/${index}`, { entry: fileEntry(Buffer.from('x')), known: true });
    return { ...made, controls: made.session.controls };
  }

  it('does not delete what is gone here in masses, sends the rest and starts the app', async () => {
    const made = withOldFiles();
    await made.start();
    await made.session.whenInSync('adder', 1, signal);
    expect(made.container.starts).toHaveLength(1);
    expect(pages(made.container, 'gone')).toBe(300);
    expect(pages(made.container, 'old')).toBe(100);
    expect(made.controls.held).toMatchObject([{ deletions: 300, asking: true }]);
  });

  it('is done again when somebody says that it is meant', async () => {
    const made = withOldFiles();
    await made.start();
    await made.session.whenInSync('adder', 1, signal);
    await made.controls.release('adder', signal);
    await made.inSync();
    expect(pages(made.container, 'gone')).toBe(0);
    expect(made.controls.held).toEqual([]);
  });

  it('deletes in masses what this session deleted elsewhere before', async () => {
    const made = await running();
    made.watcher.emit({ type: 'held', by: 'git' });
    made.watcher.remove('src/old');
    made.watcher.emit({ type: 'released' });
    await made.inSync();
    const late = new FakeContainer();
    for (let index = 0; index < 100; index++)
      late.files.set(`/app/old/${index}.html`, { entry: fileEntry(Buffer.from('x')), known: true });
    made.containers.set('pod-2', late);
    made.setPods(['pod-1', 'pod-2']);
    await made.inSync();
    expect(pages(late, 'old')).toBe(0);
  });
});

describe('a root that is gone', () => {
  it('is held and asked about; when it is meant, its files go', async () => {
    const made = await running();
    const gone = { type: 'problem', path: 'src', code: 'root-gone', message: 'src is missing' } as const;
    made.watcher.emit(gone);
    expect(made.controls.held).toMatchObject([{ service: 'adder', why: 'src is missing.', asking: true }]);
    expect(made.controls.status()[0]?.inSync).toBe(false);
    made.controls.keep('adder');
    expect(made.controls.held).toMatchObject([{ asking: false }]);
    made.watcher.onAccept = (root: RelPath) => {
      made.watcher.emit({ ...gone, resolved: true });
      made.watcher.remove(root);
    };
    await made.controls.release('adder', signal);
    await made.inSync();
    expect(made.container.files.size).toBe(0);
  });
});
