import { readFile } from 'node:fs/promises';

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

/** The first component that does not run any more, as a phrase, e.g. `etcd ended (exit code 1)`. */
export function brokenComponent(status: Readonly<Record<string, ComponentStatus>>): string | undefined {
  for (const [name, { state, why }] of Object.entries(status)) {
    if (state === 'ended') return `${name} ended (${why})`;
    if (state === 'failed') return `${name} could not start (${why})`;
  }
  return undefined;
}
