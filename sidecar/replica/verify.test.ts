import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ContainerFiles } from '../files/container-files.ts';
import { readEntry } from '../files/read-entry.ts';
import type { Life } from './life.ts';
import { ManagedPaths } from './managed-paths.ts';
import { verifyManaged } from './verify.ts';

const version = { term: 1, seq: 1 };
let dir: string;
let managed: ManagedPaths;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'kdev-verify-'));
  mkdirSync(path.join(dir, 'root/app'), { recursive: true });
  writeFileSync(path.join(dir, 'mountinfo'), '');
  writeFileSync(path.join(dir, 'root/app/main.py'), 'one');
  // Two changes in one tick of the file system's clock would look like one.
  utimesSync(path.join(dir, 'root/app/main.py'), 1, 1);
  managed = new ManagedPaths();
  const files = filesAt(path.join(dir, 'root'));
  files.use((access) => {
    const { parent, name } = access.place('/app/main.py');
    const found = readEntry(parent, name);
    if (found !== undefined) managed.put('/app/main.py', { ...found, version });
  });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function filesAt(rootDir: string): ContainerFiles {
  const container = { name: 'app', volumes: [] } as never;
  const files = new ContainerFiles({ rootDir, container, codeStagingDir: path.join(dir, 'staging') });
  files.setMappings([{ path: '/app', kind: 'dir' }]);
  return files;
}

/** A life of this very process, or of one that has ended. */
function lifeAt(rootDir: string, isRunning: boolean): Life {
  const incarnation = { nonce: 'n', pid: isRunning ? process.pid : 0x3fffff, startTime: startTime() };
  return { files: filesAt(rootDir), restarter: { connected: true, registration: { incarnation } } as never };
}

function startTime(): string {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

it('what went from the disk of a container that runs is forgotten', async () => {
  rmSync(path.join(dir, 'root/app/main.py'));
  await verifyManaged(lifeAt(path.join(dir, 'root'), true), managed);
  expect(managed.get('/app/main.py')).toBeUndefined();
});

it('what changed there counts as what it is now', async () => {
  const before = managed.digest;
  writeFileSync(path.join(dir, 'root/app/main.py'), 'two');
  await verifyManaged(lifeAt(path.join(dir, 'root'), true), managed);
  expect(managed.digest).not.toBe(before);
});

it.each([
  ['has ended', false],
  ['is ending: its root has gone before it', true],
])(
  'nothing is forgotten because of a container that %s, as the next life may have it all',
  async (_title, isRunning) => {
    const before = managed.digest;
    await verifyManaged(lifeAt(path.join(dir, 'gone/root'), isRunning), managed);
    expect(managed.digest).toBe(before);
  },
);
