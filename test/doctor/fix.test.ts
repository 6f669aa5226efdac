import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Invocation } from '../../src/cli/command.ts';
import { fixFindings } from '../../src/cli/doctor-fix.ts';
import type { Finding } from '../../src/doctor/finding.ts';

let done: string[];
let said: string;
beforeEach(() => {
  done = [];
  said = '';
});

function finding(what: string, fail = false): Finding {
  const run = async (): Promise<void> => {
    if (fail) throw new Error('the disk is full');
    done.push(what);
  };
  const fix = { says: `mend ${what}`, run };
  return { area: 'machine', check: what, status: 'warn', says: `${what} is broken.`, fix };
}

function invocation(facts: { readonly yes?: boolean; readonly typed?: string }): Invocation {
  const stdin = Object.assign(new PassThrough(), { isTTY: facts.typed !== undefined });
  if (facts.typed !== undefined) stdin.write(facts.typed);
  const stdout = Object.assign(new PassThrough(), { isTTY: facts.typed !== undefined });
  return {
    flags: { json: false, verbose: false, yes: facts.yes === true },
    signal: new AbortController().signal,
    surroundings: { cwd: '/', env: {}, stdin, stdout, stderr: new PassThrough() },
    answer: (text: string) => {
      said += `${text}\n`;
    },
  } as unknown as Invocation;
}

describe('kdev doctor --fix', () => {
  it('says what it will do before it does it', async () => {
    expect(await fixFindings([finding('a'), finding('b')], invocation({ yes: true }))).toBe(true);
    expect(done).toEqual(['a', 'b']);
    expect(said).toBe('kdev will:\n  - mend a\n  - mend b\ndone: mend a\ndone: mend b\n');
  });

  it.each([
    ['y\n', ['a']],
    ['yes\n', ['a']],
    ['n\n', []],
    ['\n', []],
  ])('asks on a terminal, where %j means what it says', async (typed, expected) => {
    expect(await fixFindings([finding('a')], invocation({ typed }))).toBe(expected.length > 0);
    expect(done).toEqual(expected);
  });

  it('changes nothing where nobody can be asked', async () => {
    await expect(fixFindings([finding('a')], invocation({}))).rejects.toMatchObject({
      code: 'doctor-unconfirmed',
      fault: 'user',
    });
    expect(done).toEqual([]);
  });

  it('goes on with the others when one cannot be done, and says why', async () => {
    await fixFindings([finding('a', true), finding('b')], invocation({ yes: true }));
    expect(done).toEqual(['b']);
    expect(said).toContain('could not mend a: the disk is full');
  });

  it('has nothing to do where all is well', async () => {
    expect(await fixFindings([{ ...finding('a'), status: 'ok' }], invocation({}))).toBe(false);
  });
});
