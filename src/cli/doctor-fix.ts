import { createInterface } from 'node:readline/promises';
import { KdevError, messageOf } from '../core/error.ts';
import type { Finding } from '../doctor/finding.ts';
import type { Invocation } from './command.ts';

/**
 * Says what it will do, asks (on a terminal, without `--yes`), and does it, one after the other; what fails is told and
 * does not keep the others from being done. True when something was done.
 *
 * @throws KdevError `doctor-unconfirmed` where nobody can be asked; the signal's reason
 */
export async function fixFindings(findings: readonly Finding[], invocation: Invocation): Promise<boolean> {
  const { answer, flags, reporter, signal, surroundings } = invocation;
  const fixes = findings.flatMap(({ fix, status }) => (fix && status !== 'ok' ? [fix] : []));
  const say = (text: string): void => (flags.json ? reporter.step(text) : answer(text));
  if (fixes.length === 0) {
    say('There is nothing that kdev could fix.');
    return false;
  }
  say(['kdev will:', ...fixes.map(({ says }) => `  - ${says}`)].join('\n'));
  if (!flags.yes && !(await isWanted(surroundings, signal))) return false;
  for (const fix of fixes) {
    try {
      await fix.run(signal);
      say(`done: ${fix.says}`);
    } catch (error) {
      signal.throwIfAborted();
      const why =
        error instanceof KdevError ? [error.what, error.why].filter(Boolean).join(' ') : messageOf(error);
      say(`could not ${fix.says}: ${why}`);
    }
  }
  return true;
}

async function isWanted(
  { stderr, stdin, stdout }: Invocation['surroundings'],
  signal: AbortSignal,
): Promise<boolean> {
  if (stdin.isTTY !== true || stdout.isTTY !== true) {
    throw new KdevError({
      code: 'doctor-unconfirmed',
      fault: 'user',
      what: 'Nothing was changed: nobody can be asked whether that is wanted.',
      cure: 'Add --yes if it is.',
    });
  }
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await lines.question('Shall it? [y/N] ', { signal })).trim());
  } finally {
    lines.close();
  }
}
