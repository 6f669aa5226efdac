import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createBox } from '../../src/box/create-box.ts';
import { deleteBox } from '../../src/box/delete-box.ts';
import { listBoxes } from '../../src/box/list-boxes.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { type BoxPlaceForTests, boxPlace, cacheDir, sourcesDir } from './box-place.ts';
import { type MachineState, machineState } from './machine-state.ts';

const name = 'cut';

/** A process of its own that makes a box and prints every step, to be killed at one of them. */
const createAndPrint = `
import { createBox } from '../../src/box/create-box.ts';

const [stateDir, cacheDir, sourcesDir, name] = process.argv.slice(2);
const print = (text) => process.stdout.write(text + '\\n');
await createBox({ stateDir, cacheDir, sourcesDir, name, reporter: { step: print, detail: print } });
print('made');
`;
let place: BoxPlaceForTests;
let script = '';
let before: MachineState;

beforeAll(async () => {
  place = await boxPlace();
  script = path.join(place.stateDir, 'create-child.mjs');
  await build({
    stdin: { contents: createAndPrint, loader: 'ts', resolveDir: import.meta.dirname },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  // What takes long is made beforehand, so that the tests interrupt the box and nothing else.
  await createBox({ ...place.options, name });
  await deleteBox({ stateDir: place.stateDir, name, reporter: silentReporter });
}, 1_200_000);
afterAll(() => place.remove());
beforeEach(() => {
  before = machineState([place.idOf(name)]);
});

/** Starts a create and kills it, without a chance to clean up, at the first line that matches. */
async function killAt(stage: RegExp): Promise<void> {
  const child = spawn(process.execPath, [script, place.stateDir, cacheDir, sourcesDir, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (stage.test(line)) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode, lines.join('\n')).toBe('SIGKILL');
}

test.each([
  ['has its subnet', /^subnet /],
  ['has started the first process', /^\d+$/],
  ['has certificates', /^kubeconfig is there/],
  ['has an API server', /^API server is there/],
  ['has a node', /^node is there/],
])('a create that is killed when it %s leaves nothing that delete does not find', async (_, stage) => {
  await killAt(stage);
  await deleteBox({ stateDir: place.stateDir, name, reporter: silentReporter });
  expect(await listBoxes({ stateDir: place.stateDir })).toEqual([]);
  expect(machineState([place.idOf(name)])).toEqual(before);
});

test('what a killed create left is replaced by the next one', async () => {
  await killAt(/^API server is there/);
  expect(await listBoxes({ stateDir: place.stateDir })).toMatchObject([
    { name, works: false, why: 'was never finished' },
  ]);
  const steps: string[] = [];
  const reporter = { step: (text: string) => steps.push(text), detail: () => undefined };
  await createBox({ ...place.options, name, reporter });
  // The lock of the killed one may be there for a moment longer.
  expect(steps).toContain(`replacing the box ${name}, which was never finished`);
  await deleteBox({ stateDir: place.stateDir, name, reporter: silentReporter });
  expect(machineState([place.idOf(name)])).toEqual(before);
});

test('a create that is aborted takes everything away itself', async () => {
  const abort = new AbortController();
  const reporter = {
    step: () => undefined,
    detail: (text: string) => {
      if (text === 'API server is there') abort.abort(new Error('enough'));
    },
  };
  await expect(createBox({ ...place.options, name, reporter, signal: abort.signal })).rejects.toThrow(
    'enough',
  );
  expect(await listBoxes({ stateDir: place.stateDir })).toEqual([]);
  expect(machineState([place.idOf(name)])).toEqual(before);
});

test('two creates of one name at the same time make one box', async () => {
  const both = await Promise.all([1, 2].map(() => createBox({ ...place.options, name })));
  expect(both[0]).toEqual(both[1]);
  await deleteBox({ stateDir: place.stateDir, name, reporter: silentReporter });
  expect(machineState([place.idOf(name)])).toEqual(before);
});
