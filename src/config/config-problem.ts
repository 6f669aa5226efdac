import { type ErrorFacts, KdevError } from '../core/error.ts';
import { relativeTo } from './relative-to.ts';

/** One thing that is wrong in a configuration. */
export interface ConfigProblem {
  /** Where: the keys from the outside in. */
  readonly path: readonly (string | number)[];
  /** A clause without a full stop, such as `expected a path, not 7`. */
  readonly message: string;
  /** @default 'config-invalid' */
  readonly code?: string;
}

export interface LocatedProblem extends ConfigProblem {
  readonly file: string;
  /** From 1; absent when the key is not to be found in the source. */
  readonly line?: number;
  readonly column?: number;
}

/**
 * All problems of a configuration with this text as one error; its code is theirs where they agree, else
 * `config-invalid`.
 */
export function problemsError(problems: readonly LocatedProblem[], cwd: string, text: string): KdevError {
  const codes = new Set(problems.map(({ code }) => code ?? 'config-invalid'));
  const [only] = codes;
  const sorted = [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const [first] = sorted;
  const where = first && placeOf(first, cwd);
  const facts: ErrorFacts = {
    code: codes.size === 1 && only !== undefined ? only : 'config-invalid',
    fault: 'user',
    what:
      problems.length === 1
        ? `The configuration has a problem at ${keyPath(first?.path ?? [])}.`
        : `The configuration has ${problems.length} problems.`,
    why: sorted
      .map((problem) =>
        problems.length === 1
          ? sentence(problem.message)
          : `${placeOf(problem, cwd)}  ${keyPath(problem.path)}: ${problem.message}`,
      )
      .join('\n'),
    cure: 'docs/configuration.md lists every option with its range and default.',
    ...(where !== undefined && { where }),
    ...(first?.line !== undefined && { source: { ...columnOf(first), text, line: first.line } }),
  };
  return new KdevError(facts);
}

/** `services.adder.sync["a/b"]`, as a person would write it; `the top level` for the outermost object. */
function keyPath(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'the top level';
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

function columnOf({ column }: LocatedProblem): { readonly column?: number } {
  return column === undefined ? {} : { column };
}

function placeOf({ file, line }: LocatedProblem, cwd: string): string {
  const shown = relativeTo(cwd, file);
  return line === undefined ? shown : `${shown}:${line}`;
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
