import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** What the box's first process keeps in `status.json`. */
export interface ComponentStatus {
  readonly state: 'started' | 'ready' | 'ended' | 'failed';
  readonly why?: string;
  /** When each state was reached, in ms since the box began. */
  readonly atMs: Readonly<Record<string, number>>;
}

export async function readStatus(file: string): Promise<Readonly<Record<string, ComponentStatus>>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    return (JSON.parse(text) as { components: Record<string, ComponentStatus> }).components;
  } catch {
    // Not there yet, or read while it was being written: nothing is known.
    return {};
  }
}

/** The first component that does not run any more, with a phrase such as `etcd ended (exit code 1)`. */
export function brokenComponent(
  status: Readonly<Record<string, ComponentStatus>>,
): { readonly name: string; readonly phrase: string } | undefined {
  for (const [name, { state, why }] of Object.entries(status)) {
    if (state === 'ended') return { name, phrase: `${name} ended (${why})` };
    if (state === 'failed') return { name, phrase: `${name} could not start (${why})` };
  }
  return undefined;
}

/** The last lines of a component's log, or of `init`. */
export async function logTail(logDir: string, component: string, lines = 10): Promise<string> {
  const text = await readFile(path.join(logDir, `${component}.log`), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
