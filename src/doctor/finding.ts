import { KdevError, messageOf } from '../core/error.ts';

/** `skipped`: not looked at, and `says` why. */
export type FindingStatus = 'ok' | 'warn' | 'fail' | 'skipped';

export type Area = 'machine' | 'boxes' | 'project' | 'cluster' | 'permissions' | 'registry' | 'builder';

/** What one check of `kdev doctor` found. */
export interface Finding {
  readonly area: Area;
  /** Stable, kebab-case: for scripts. */
  readonly check: string;
  readonly status: FindingStatus;
  /** One sentence. */
  readonly says: string;
  /** What to do about it. */
  readonly cure?: string;
  /** Kubernetes objects, as YAML, that an administrator can apply to cure it. */
  readonly manifest?: string;
  /** What `--fix` does about it; absent where it is a person's to decide. */
  readonly fix?: Fix;
}

export interface Fix {
  /** A phrase that follows "will" and "could not": `install mmdebstrap`. */
  readonly says: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Looks at one thing; what it throws becomes a finding of its own. */
export interface Check {
  readonly area: Area;
  readonly check: string;
  run(signal: AbortSignal): Promise<Omit<Finding, 'area' | 'check'> | readonly Finding[]>;
}

/** @throws the signal's reason */
export async function runCheck(
  { area, check, run }: Check,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    const found = await run(signal);
    return isList(found) ? found : [{ area, check, ...found }];
  } catch (error) {
    signal.throwIfAborted();
    return [{ area, check, ...failedBy(error) }];
  }
}

/** What an error says as a finding. */
export function failedBy(error: unknown): Omit<Finding, 'area' | 'check'> {
  if (!(error instanceof KdevError)) return { status: 'fail', says: messageOf(error) };
  const { cure, what, where, why } = error;
  const place = where === undefined ? '' : ` (${where})`;
  const says = [`${what}${place}`, why].filter((text) => text !== undefined).join(' ');
  return { status: 'fail', says, ...(cure !== undefined && { cure }) };
}

function isList(found: object): found is readonly Finding[] {
  return Array.isArray(found);
}
