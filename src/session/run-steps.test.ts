import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { begin, stopSessions } from '../../test/fakes/session.ts';
import type { Service } from '../core/service.ts';

const install = 'pip install -r requirements.txt';
const service: Partial<Service> = {
  restart: ['**/*.py', '**/requirements.txt'],
  rebuild: [],
  run: [{ when: ['**/requirements.txt'], command: ['sh', '-c', install], timeoutMs: 60_000 }],
};

afterEach(stopSessions);

function promiseWithResolve() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('a run step', () => {
  it('runs after its files arrived and before the app restarts', async () => {
    const { watcher, container, start, inSync, named } = begin({ service, built: false });
    await start();
    await inSync();
    watcher.save('src/requirements.txt', 'six');
    await eventually(() => expect(named('restarted')).toHaveLength(1));
    expect(container.runs).toEqual([install]);
    expect(container.starts.at(-1)?.has('/app/requirements.txt')).toBe(true);
    expect(
      named('plan')
        .at(-1)
        ?.steps.map(({ step }) => step),
    ).toEqual(['sync', 'run', 'restart']);
    expect(named('ran')[0]).toMatchObject({ command: install, exitCode: 0, replica: 'pod-1' });
    expect(named('log')[0]).toMatchObject({ line: 'running', source: 'run' });
  });

  it('does not run for files that it does not name', async () => {
    const { watcher, container, start, inSync, named } = begin({ service, built: false });
    await start();
    await inSync();
    watcher.save('src/demo.py', 'v1');
    await eventually(() => expect(named('restarted')).toHaveLength(1));
    expect(container.runs).toEqual([]);
  });

  it('runs before the app of a new container starts for the first time', async () => {
    const { watcher, container, start, inSync } = begin({ service, built: false });
    const held = promiseWithResolve();
    container.runGate = held.promise;
    watcher.save('src/requirements.txt', 'six');
    await start();
    await eventually(() => expect(container.runs).toEqual([install]));
    expect(container.gate).toBe('shut');
    held.resolve();
    await inSync();
    expect(container.starts).toHaveLength(1);
  });

  it('does not hold up the saves that come while it runs', async () => {
    const { watcher, container, start, inSync, named } = begin({ service, built: false });
    await start();
    await inSync();
    const held = promiseWithResolve();
    container.runGate = held.promise;
    watcher.save('src/requirements.txt', 'six');
    await eventually(() => expect(container.runs).toHaveLength(1));
    watcher.save('src/demo.py', 'v2');
    await eventually(() => expect(container.files.has('/app/demo.py')).toBe(true));
    expect(named('restarted')).toHaveLength(0);
    held.resolve();
    await eventually(() => expect(named('restarted')).toHaveLength(1));
  });

  it('that fails is a problem with its last lines, restarts nothing, and the next good save heals it (R13)', async () => {
    const { watcher, container, start, inSync, named, rebuilds } = begin({ service, built: false });
    await start();
    await inSync();
    container.runExitCode = 1;
    watcher.save('src/requirements.txt', 'sixx');
    await eventually(() => expect(named('problem').at(-1)?.code).toBe('run-failed'));
    expect(named('problem').at(-1)?.message).toContain(`\`${install}\` ended with code 1`);
    expect(named('problem').at(-1)?.message).toContain('running');
    await inSync();
    expect(named('restarted')).toHaveLength(0);
    container.runExitCode = 0;
    watcher.save('src/requirements.txt', 'six');
    await eventually(() => expect(named('restarted')).toHaveLength(1));
    expect(named('problem').at(-1)).toMatchObject({ code: 'run-failed', resolved: true });
    expect(rebuilds).toEqual([]);
  });

  it('that fails builds the image anew where there is a build', async () => {
    const { watcher, container, start, inSync, rebuilds } = begin({ service });
    await start();
    await inSync();
    container.runExitCode = 1;
    watcher.save('src/requirements.txt', 'sixx');
    await eventually(() => expect(rebuilds).toEqual([`${install} failed`]));
  });

  it('that a broken connection left in doubt runs again', async () => {
    const { watcher, container, start, inSync, named } = begin({ service, built: false });
    await start();
    await inSync();
    container.cutAt = { batch: container.batches.length + 1, applied: true };
    watcher.save('src/requirements.txt', 'six');
    await vi.waitFor(() => expect(named('ran')).toHaveLength(1), { timeout: 10_000 });
    await inSync();
    expect(container.batches.some(({ runs }) => runs?.length === 1)).toBe(true);
  });
});
