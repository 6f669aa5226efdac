import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addClaim, type Claim, dropClaim, readClaims, withMachine } from './machine-claims.ts';

let folder = '';
let forwarding = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kdev-claims-'));
  forwarding = path.join(folder, 'ip_forward');
  await writeFile(forwarding, '0\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function claim(id: string): Promise<Claim> {
  const record = path.join(folder, `record-${id}`);
  await writeFile(record, '{}');
  return { id, name: `box-${id}`, subnet: '10.213.0.0/22', record };
}
const inMachine = <T>(work: () => Promise<T>): Promise<T> => withMachine(folder, undefined, work);
const forwards = async (): Promise<string> => (await readFile(forwarding, 'utf8')).trim();

test('forwarding is switched on for the first box and put back with the last', async () => {
  const [a, b] = [await claim('a'), await claim('b')];
  await inMachine(async () => {
    await addClaim(folder, a, forwarding);
    await addClaim(folder, b, forwarding);
    expect(await forwards()).toBe('1');
    await dropClaim(folder, 'a', forwarding);
    expect(await forwards()).toBe('1');
    await dropClaim(folder, 'b', forwarding);
    expect(await forwards()).toBe('0');
  });
});

test('forwarding that was on before stays on', async () => {
  await writeFile(forwarding, '1\n');
  const a = await claim('a');
  await inMachine(async () => {
    await addClaim(folder, a, forwarding);
    await dropClaim(folder, 'a', forwarding);
  });
  expect(await forwards()).toBe('1');
});

test('dropping twice, or what was never held, does nothing', async () => {
  await inMachine(async () => {
    await dropClaim(folder, 'a', forwarding);
    await dropClaim(folder, 'a', forwarding);
  });
  expect(await forwards()).toBe('0');
});

test('a claim whose box is gone counts no more', async () => {
  const [a, b] = [await claim('a'), await claim('b')];
  await inMachine(async () => {
    await addClaim(folder, a, forwarding);
    await addClaim(folder, b, forwarding);
    await rm(a.record);
    expect(await readClaims(folder)).toEqual([b]);
  });
});
