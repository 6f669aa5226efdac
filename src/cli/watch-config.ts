import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../core/clock.ts';
import { KdevError, messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { OpenProject } from './open-project.ts';

/** A few small files are read this often, ms: editors replace them, and no hint is needed for something so rare. */
const lookMs = 500;

/**
 * Tells, as a problem that stands, when the configuration is not the one any more that a session works with: that it
 * has changed, or what is wrong with it. The problem goes when the configuration says what it said before.
 */
export function watchConfig(options: {
  readonly opened: OpenProject;
  /** The configuration as it would be read now. */
  readonly load: () => Promise<OpenProject>;
  readonly bus: Bus;
  readonly signal: AbortSignal;
  /** @default 500 */
  readonly everyMs?: number;
}): void {
  const { opened, load, bus, signal, everyMs = lookMs } = options;
  const meaning = meaningOf(opened);
  let files = opened.configFiles;
  let known = textsOf(files);
  let last: string | undefined;

  const tell = (problem: Problem | undefined): void => {
    const said = problem && JSON.stringify(problem);
    if (said === last || signal.aborted) return;
    last = said;
    const resolved = { code: 'config-changed', message: '' };
    bus.emit({
      event: 'problem',
      key: 'config',
      ...(problem ?? resolved),
      resolved: problem === undefined,
    });
  };
  const check = async (): Promise<void> => {
    const texts = textsOf(files);
    if (isDeepStrictEqual(texts, known)) return;
    known = texts;
    try {
      const now = await load();
      const added = now.configFiles.filter((file) => !files.includes(file));
      files = [...files, ...added];
      known = [...texts, ...textsOf(added)];
      tell(meaningOf(now) === meaning ? undefined : changed(opened.project.configFile));
    } catch (error) {
      tell(broken(error));
    }
  };
  const lookLater = (): void => {
    const cancel = systemClock.after(everyMs, () => {
      signal.removeEventListener('abort', cancel);
      void check().then(lookLater);
    });
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
  };
  lookLater();
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly cure?: string;
  readonly path?: string;
}

function changed(configFile: string): Problem {
  return {
    code: 'config-changed',
    message: `${path.basename(configFile)} says something else than when this kdev watch began, which goes on as it began.`,
    cure: 'End kdev watch and start it again to use the new configuration.',
  };
}

function broken(error: unknown): Problem {
  const cure = 'Correct it, then start kdev watch again; until then it goes on as it began.';
  if (!(error instanceof KdevError)) return { code: 'config-changed', message: messageOf(error), cure };
  const { code, what, why, where } = error;
  const message = why === undefined ? what : `${what}\n${why}`;
  return { code, message, cure, ...(where !== undefined && { path: where }) };
}

/** Comments and line breaks mean nothing. */
function meaningOf({ project, environment }: OpenProject): string {
  return JSON.stringify([project, environment]);
}

function textsOf(files: readonly string[]): readonly (string | undefined)[] {
  return files.map(textOf);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // deleted, or being replaced at this moment
  }
}
