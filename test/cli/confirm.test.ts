import { afterEach, expect, it } from 'vitest';
import type { HeldDeletions } from '../../src/core/service-status.ts';
import type { DaemonServer } from '../../src/daemon/serve-daemon.ts';
import { makePlace, type Place, runKdev, smallProject } from './kdev-command.ts';
import { serveProject } from './project-daemon.ts';

const places: Place[] = [];
const daemons: DaemonServer[] = [];
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.close();
  for (const place of places.splice(0)) place.remove();
});

const facts: HeldDeletions = {
  service: 'adder',
  deletions: 60,
  paths: ['/app/a', '/app/b'],
  why: '60 of 80 paths are gone here at once, which is more than 50 and than a quarter.',
  asking: true,
};

/** What a session was asked, in order, and the place where it runs. */
async function session(held: readonly HeldDeletions[]): Promise<{ place: Place; asked: unknown[][] }> {
  const place = makePlace(smallProject);
  places.push(place);
  const asked: unknown[][] = [];
  const note =
    (method: string) =>
    async (params: unknown): Promise<void> =>
      void asked.push([method, params]);
  daemons.push(
    await serveProject(place, {
      status: async () => ({ services: [{ service: 'adder' }], problems: [], paused: false, held }),
      ...{ release: note('release'), keep: note('keep'), restart: note('restart') },
    }),
  );
  return { place, asked };
}

it('A38, S7: kdev confirm says yes to the deletions that a running kdev watch holds, and names them', async () => {
  const { place, asked } = await session([facts]);
  const { code, stdout } = await runKdev(place, 'confirm');
  expect(stdout).toBe('adder: 60 deletions confirmed: they go from the containers, too\n');
  expect([code, asked]).toEqual([0, [['release', { service: 'adder' }]]]);
});

it('A38, S7: kdev confirm --keep says no, and --dry-run nothing but what there is', async () => {
  const { place, asked } = await session([facts]);
  expect((await runKdev(place, 'confirm', 'adder', '--keep')).stdout).toContain(
    'the containers keep these files',
  );
  expect(asked).toEqual([['keep', { service: 'adder' }]]);
  const shown = await runKdev(place, 'confirm', '--dry-run');
  expect(shown.stdout).toContain('60 of 80 paths are gone here at once');
  expect(shown.stdout).toContain('kdev confirm --keep');
  expect([shown.code, asked.length]).toEqual([1, 1]);
  const json = await runKdev(place, 'confirm', '--dry-run', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    answer: 'held',
    held: [{ service: 'adder', deletions: 60 }],
  });
});

it('kdev confirm has nothing to do where nothing is held back', async () => {
  const { place } = await session([]);
  expect(await runKdev(place, 'confirm')).toMatchObject({ code: 0, stdout: 'Nothing is held back.\n' });
});

it('kdev restart has the running kdev watch start every app again', async () => {
  const { place, asked } = await session([]);
  expect(await runKdev(place, 'restart')).toMatchObject({ code: 0, stdout: 'restarted adder\n' });
  expect(asked).toEqual([['restart', { service: 'adder' }]]);
});

it.each(['confirm', 'restart'])('kdev %s ends with 2 where no kdev watch runs', async (command) => {
  const place = makePlace(smallProject);
  places.push(place);
  const { code, stderr } = await runKdev(place, command);
  expect(stderr).toContain('session-none');
  expect(code).toBe(2);
});
