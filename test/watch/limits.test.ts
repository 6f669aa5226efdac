import { chmodSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory, writeFiles } from './watched-tree.ts';
import { WatcherProcess } from './watcher-process.ts';

let root: string;
let watcher: WatcherProcess | undefined;
beforeEach(() => {
  root = temporaryDirectory('memory');
});
afterEach(async () => {
  await watcher?.stop();
  watcher = undefined;
  rmSync(root, { recursive: true, force: true });
});
const scopes = [{ from: '.', ignore: [] }];
const problem = (code: string) =>
  watcher?.events.find((event) => event.type === 'problem' && event.code === code) satisfies
    | object
    | undefined;

describe("at the limits of the operating system's hints", () => {
  it('A15 A41 finds every change after the queue of the kernel overflowed, and says that it compared again', async () => {
    writeFiles(
      root,
      Object.fromEntries(Array.from({ length: 4000 }, (_, n) => [`d${n % 40}/f${n}`, `${n}`])),
    );
    watcher = await WatcherProcess.start({ root, scopes });
    process.kill(watcher.pid, 'SIGSTOP');
    for (let n = 0; n < 20_000; n++) writeFileSync(`${root}/d${n % 40}/f${n % 5000}`, `round ${n}`);
    for (let n = 0; n < 4000; n += 7) rmSync(`${root}/d${n % 40}/f${n}`);
    writeFiles(root, { 'd1/new/deep/last': 'the very last' });
    process.kill(watcher.pid, 'SIGCONT');
    await watcher.converged();
    const isOver = () => watcher?.problems().includes('watch-overflow . resolved') === true;
    await watcher.until('that everything has been compared', isOver);
    expect(watcher.problems()).toEqual(['watch-overflow .', 'watch-overflow . resolved']);
    writeFiles(root, { 'd1/new/deep/last': 'and an edit afterwards' });
    await watcher.converged();
  }, 60_000);

  it('A16 W9 compares what it has no watch for again and again, and says how to raise the limit', async () => {
    writeFiles(root, Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`d${n}/f`, `${n}`])));
    watcher = await WatcherProcess.start(
      { root, scopes },
      {
        wrap: ['unshare', '--user', '--map-root-user'],
        shell: 'echo 20 > /proc/sys/user/max_inotify_watches',
      },
    );
    for (let n = 0; n < 60; n += 3) writeFileSync(`${root}/d${n}/f`, `edited ${n}`);
    unlinkSync(`${root}/d1/f`);
    writeFiles(root, { 'd59/new/deep/file': 'x' });
    await watcher.converged();
    expect(problem('watch-limit')).toMatchObject({
      cure: expect.stringContaining('fs.inotify.max_user_watches'),
    });
    // Each directory that goes gives its watch to another one.
    for (let n = 0; n < 50; n++) rmSync(`${root}/d${n}`, { recursive: true });
    await watcher.until(
      'enough watches',
      () => watcher?.problems().includes('watch-limit . resolved') === true,
    );
    await watcher.converged();
  }, 60_000);

  it('A16 works without a single watch', async () => {
    writeFiles(root, { 'a/b': '1' });
    watcher = await WatcherProcess.start(
      { root, scopes },
      {
        wrap: ['unshare', '--user', '--map-root-user'],
        shell: 'echo 0 > /proc/sys/user/max_inotify_instances',
      },
    );
    writeFiles(root, { 'a/b': '2', 'a/c/d': '3' });
    await watcher.converged();
    expect(problem('watch-limit')).toBeDefined();
  }, 60_000);

  it('A39 F17 keeps what cannot be read as it was, says so, and goes on with the rest', async () => {
    writeFiles(root, { 'shut/a': '1', 'shut/b/c': '2', 'open/x': '3', secret: '4' });
    for (const dir of ['', '/shut', '/shut/b', '/open']) chmodSync(`${root}${dir}`, 0o777);
    const uid = process.getuid?.() === 0 ? { uid: 65534 } : {};
    watcher = await WatcherProcess.start({ root, scopes }, uid);
    const before = await watcher.entries();
    chmodSync(`${root}/shut`, 0o000);
    chmodSync(`${root}/secret`, 0o000);
    writeFileSync(`${root}/open/x`, 'goes on');
    await watcher.until('the edit', () => watcher?.events.some(({ type }) => type === 'changes') === true);
    await watcher.until('the directory', () => watcher?.problems().includes('unreadable shut') === true);
    await watcher.until('the file', () => watcher?.problems().includes('unreadable secret') === true);
    expect((await watcher.entries()).map(([path]) => path)).toEqual(before.map(([path]) => path));
    chmodSync(`${root}/shut`, 0o755);
    chmodSync(`${root}/secret`, 0o644);
    await watcher.until('resolved', () => {
      const said = watcher?.problems() ?? [];
      return said.includes('unreadable shut resolved') && said.includes('unreadable secret resolved');
    });
    writeFiles(root, { 'shut/a': 'seen again' });
    await watcher.converged();
  }, 60_000);

  it('A39 an unreadable root is a problem of the root and no deletions', async () => {
    writeFiles(root, { a: '1', b: '2' });
    chmodSync(root, 0o755);
    const uid = process.getuid?.() === 0 ? { uid: 65534 } : {};
    watcher = await WatcherProcess.start({ root, scopes }, uid);
    chmodSync(root, 0o000);
    await watcher.until('root-gone', () => watcher?.problems().includes('root-gone .') === true);
    chmodSync(root, 0o755);
    await watcher.until('resolved', () => watcher?.problems().includes('root-gone . resolved') === true);
    expect(watcher.events.filter(({ type }) => type === 'changes')).toEqual([]);
  }, 60_000);

  it('needs one watch a directory, none a file', async () => {
    writeFiles(root, Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`d${n % 3}/f${n}`, `${n}`])));
    mkdirSync(`${root}/.git`);
    writeFiles(root, { '.git/HEAD': 'ref: refs/heads/main\n' });
    watcher = await WatcherProcess.start({ root, scopes });
    const watches = inotifyWatches(watcher.pid);
    // The root, three directories and .git.
    expect(watches).toBe(5);
  });
});

function inotifyWatches(pid: number): number {
  let watches = 0;
  for (let fd = 0; fd < 64; fd++) {
    try {
      watches += readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^inotify /gm)?.length ?? 0;
    } catch {
      // No such descriptor.
    }
  }
  return watches;
}
