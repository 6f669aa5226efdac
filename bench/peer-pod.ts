import { execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Place } from './place.ts';
import { endChild, openPortForward } from './port-forward.ts';

export const peer = { namespace: 'bench-peer', pod: 'peer', container: 'app' } as const;

const run = promisify(execFile);

/** The pod that is saved to without kdev, and one ssh connection to it that stays open. */
export interface PeerPod {
  /** `ssh` with everything it needs to use that connection. */
  readonly ssh: readonly string[];
  /** The app's environment has it as BENCH_RUN. */
  readonly run: string;
  close(): Promise<void>;
}

export async function openPeerPod(place: Place): Promise<PeerPod> {
  const key = path.join(place.dir, 'peer-key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const marker = `${place.run}-peer`;
  const manifest = path.join(place.dir, 'peer.yaml');
  const text = await readFile(path.join(place.root, 'bench', 'fixtures', 'peer.yaml'), 'utf8');
  const publicKey = (await readFile(`${key}.pub`, 'utf8')).trim();
  await writeFile(manifest, text.replace('the-run', marker).replace('the-key', JSON.stringify(publicKey)));
  await place.ask(['apply', '-f', manifest]);
  await place.ask([
    'wait',
    '--for=condition=Ready',
    `--namespace=${peer.namespace}`,
    `pod/${peer.pod}`,
    '--timeout=120s',
  ]);

  const forward = await openPortForward(place, { ...peer, port: 2222 });
  const socket = path.join(place.dir, 'ssh');
  const quiet = [
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
  ];
  const master = spawn(
    'ssh',
    [
      '-F',
      'none',
      '-N',
      '-M',
      '-S',
      socket,
      ...quiet,
      '-i',
      key,
      '-p',
      String(forward.port),
      'root@127.0.0.1',
    ],
    { stdio: 'ignore' },
  );
  const close = async (): Promise<void> => {
    await endChild(master);
    await forward.close();
  };
  const ssh = ['ssh', '-F', 'none', '-S', socket, '-l', 'root'];
  try {
    await waitForMaster(ssh);
  } catch (error) {
    await close();
    throw error;
  }
  return { ssh, run: marker, close };
}

async function waitForMaster([command = 'ssh', ...args]: readonly string[]): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await run(command, [...args, '-O', 'check', '127.0.0.1']);
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await pause(100);
    }
  }
}
