import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentReporter } from '../core/reporter.ts';
import type { BoxSettings } from './box.ts';
import { createBox } from './create-box.ts';
import { deleteBox } from './delete-box.ts';
import { openBox } from './enter-box.ts';
import type { Host } from './host-checks.ts';
import { listBoxes } from './list-boxes.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kdev-create-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const roomy: Host = { platform: 'linux', uid: 0, freeBytes: async () => 1e12 };
const place = () => ({ stateDir: path.join(folder, 'state'), machineDir: path.join(folder, 'machine') });

function create(name: string, settings: BoxSettings = {}, host: Host = roomy) {
  return createBox({
    ...place(),
    name,
    settings,
    host,
    images: () => Promise.reject(new Error('made too early')),
    cacheDir: path.join(folder, 'cache'),
    sourcesDir: path.join(folder, 'no-sources'),
    reporter: silentReporter,
  });
}

async function untouched(): Promise<void> {
  for (const each of ['state', 'machine', 'cache']) {
    await expect(access(path.join(folder, each))).rejects.toThrow('ENOENT');
  }
}

test.each([
  ['', 'Choose a name such as "demo".'],
  ['My_Box', 'Choose a name such as "my-box".'],
  ['-demo-', 'Choose a name such as "demo".'],
  ['a.b', 'Choose a name such as "a-b".'],
  ['../demo', 'Choose a name such as "demo".'],
  ['x'.repeat(60), `Choose a name such as "${'x'.repeat(59)}".`],
])('"%s" is refused as a name, with one that would do', async (name, cure) => {
  await expect(create(name)).rejects.toMatchObject({ code: 'box-name-invalid', fault: 'user', cure });
  await untouched();
});

test('on another system than Linux it says what to do instead', async () => {
  await expect(create('demo', {}, { ...roomy, platform: 'darwin' })).rejects.toMatchObject({
    code: 'box-needs-linux',
    what: 'A box needs Linux; this is darwin.',
  });
  await untouched();
});

test('without root it says what to run', async () => {
  await expect(create('demo', {}, { ...roomy, uid: 1000 })).rejects.toMatchObject({
    code: 'box-needs-root',
    cure: 'Run: sudo kdev box create demo',
  });
  await untouched();
});

test('a disk that is too full is found before anything is written', async () => {
  const asked: string[] = [];
  const freeBytes = async (of: string): Promise<number> => {
    asked.push(of);
    return 3e8;
  };
  await expect(create('demo', {}, { ...roomy, freeBytes })).rejects.toMatchObject({
    code: 'box-no-space',
    what: `Only 0.3 GB are free for ${path.join(folder, 'state')}; a box needs 2 GB.`,
  });
  expect(asked).toEqual([folder]);
  await untouched();
});

test('a subnet that is none is refused', async () => {
  await expect(create('demo', { subnet: '10.0.0.0/8' })).rejects.toMatchObject({
    code: 'box-subnet-invalid',
  });
  await untouched();
});

test('a subnet that this machine uses is refused', async () => {
  await expect(create('demo', { subnet: '127.0.0.0/22' })).rejects.toMatchObject({
    code: 'box-subnet-in-use',
  });
  await untouched();
});

test('an upstream that is no URL is refused', async () => {
  await expect(create('demo', { upstream: 'registry:5000' })).rejects.toMatchObject({
    code: 'box-upstream-invalid',
    cure: 'Write for example "http://registry:5000".',
  });
  await untouched();
});

test('where there is no box, none is listed, and none can be opened or deleted', async () => {
  expect(await listBoxes(place())).toEqual([]);
  const unknown = {
    code: 'box-unknown',
    what: 'There is no box demo.',
    cure: 'Name another one, or make it: kdev box create demo',
  };
  await expect(openBox(place(), 'demo')).rejects.toMatchObject(unknown);
  await expect(
    deleteBox({ ...place(), name: 'demo', reporter: silentReporter, host: roomy }),
  ).rejects.toMatchObject(unknown);
  await untouched();
});
