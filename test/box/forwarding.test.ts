import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BoxPlaceForTests, boxPlace } from './box-place.ts';

const run = promisify(execFile);
const kdev = path.resolve(import.meta.dirname, '../../bin/kdev');
let place: BoxPlaceForTests;

beforeAll(async () => {
  place = await boxPlace();
});
afterAll(() => place.remove());

/** The machine's own switch is left alone: this one belongs to a network namespace that the test makes. */
const script = `
  mount -t tmpfs none /run
  ip link set lo up
  echo 0 > /proc/sys/net/ipv4/ip_forward
  "$0" "$1" box create forwards >&2
  cat /proc/sys/net/ipv4/ip_forward
  "$0" "$1" box delete forwards >&2
  cat /proc/sys/net/ipv4/ip_forward
`;

test('a machine that did not forward packets does while it has a box, and no longer afterwards', async () => {
  const command = ['--net', '--mount', 'sh', '-euc', script, process.execPath, kdev];
  const { stdout } = await run('unshare', command, {
    env: { ...process.env, KDEV_STATE_DIR: place.stateDir },
  });
  expect(stdout.trim().split('\n')).toEqual(['1', '0']);
});
