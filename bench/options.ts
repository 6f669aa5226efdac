import path from 'node:path';
import { parseArgs } from 'node:util';
import { type CaseName, caseNames } from './cases.ts';

export interface BenchOptions {
  readonly cases: readonly CaseName[];
  /** One object a line on stdout instead of the table. */
  readonly json: boolean;
  /** Measured saves of each series. */
  readonly saves: number;
  /** How long the idle daemon is watched, s. */
  readonly idleSeconds: number;
  /** Without the other ways. */
  readonly alone: boolean;
  /** Folder for a profile of `kdev watch`, which makes it slower. */
  readonly profile?: string;
}

export const usage: string = `Usage: npm run bench -- [CASE…] [--json] [--saves N] [--alone] [--idle-seconds N] [--profile DIR]

Cases: ${caseNames.join(', ')}
`;

/** Undefined when help is asked for. @throws Error for what is no case and no option */
export function readOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      saves: { type: 'string', default: '40' },
      'idle-seconds': { type: 'string', default: '60' },
      alone: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const unknown = positionals.filter((name) => !isCase(name));
  if (unknown.length > 0) throw new Error(`There is no case ${unknown.join(', ')}.\n\n${usage}`);
  return {
    cases: positionals.length > 0 ? positionals.filter(isCase) : caseNames,
    json: values.json,
    alone: values.alone,
    saves: readPositive('--saves', values.saves),
    idleSeconds: readPositive('--idle-seconds', values['idle-seconds']),
    ...(values.profile !== undefined && { profile: path.resolve(values.profile) }),
  };
}

function isCase(name: string): name is CaseName {
  return (caseNames as readonly string[]).includes(name);
}

function readPositive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${name} must be a whole number above 0, not ${text}.`);
  return value;
}
