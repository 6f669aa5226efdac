import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Place } from './place.ts';

/** Ends a child process and waits for that. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

export interface PortForward {
  /** On 127.0.0.1. */
  readonly port: number;
  close(): Promise<void>;
}

/** `kubectl port-forward` to a port of a pod. */
export async function openPortForward(
  place: Place,
  target: { readonly namespace: string; readonly pod: string; readonly port: number },
): Promise<PortForward> {
  const args = ['port-forward', '--namespace', target.namespace, target.pod, `:${target.port}`];
  const child = spawn(place.kubectl, args, { env: place.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, found] = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error(`kubectl port-forward ended: ${said}`)));
  });
  return { port, close: () => endChild(child) };
}
