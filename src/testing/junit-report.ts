import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KdevError, messageOf } from '../core/error.ts';
import type { SuiteResult } from './suite-result.ts';
import { readCases } from './tool-cases.ts';
import { element, text, writeXml, type XmlNode } from './xml-node.ts';

/**
 * The absolute path of the report that an option asks for; undefined without one. Whether it can be written is known
 * before anything runs.
 *
 * @throws KdevError `junit-unwritable`
 */
export async function prepareReport(cwd: string, option: unknown): Promise<string | undefined> {
  if (typeof option !== 'string') return undefined;
  const file = path.resolve(cwd, option);
  try {
    await makeFolder(path.dirname(file));
    await (await open(file, 'a')).close();
    return file;
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** Node's own way with parents never ends where a file system says that a new folder's parent is not there, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || path.dirname(folder) === folder) throw thrown;
    await makeFolder(path.dirname(folder));
    await mkdir(folder);
  }
}

/** @throws KdevError `junit-unwritable` */
export async function writeReport(file: string, results: readonly SuiteResult[]): Promise<void> {
  try {
    await writeFile(file, junitReport(results));
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** One `testsuite` for each suite, called `service.suite`, with what its tool told or with one case for all of it. */
export function junitReport(results: readonly SuiteResult[]): string {
  const suites = results.map(suiteOf);
  const attributes = { name: 'kdev', ...totals(suites.map(({ counts }) => counts)) };
  return writeXml(
    element(
      'testsuites',
      attributes,
      suites.map(({ node }) => node),
    ),
  );
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  readonly ms: number;
}

function suiteOf(result: SuiteResult): { readonly node: XmlNode; readonly counts: Counts } {
  const { service, suite, replica, digest, startedAt, outdated, output, ms, state } = result;
  const name = `${service}.${suite}`;
  const told = result.junit === undefined ? undefined : readCases(result.junit);
  const failures = told?.failures ?? 0;
  const errors = told?.errors ?? 0;
  // A tool can be red without a red case: too little coverage, nothing collected, its time limit.
  const whole = told === undefined || (state !== 'passed' && failures + errors === 0);
  const isBroken = state === 'broken';
  const counts: Counts = {
    tests: (told?.cases.length ?? 0) + (whole ? 1 : 0),
    failures: failures + (whole && !isBroken && state !== 'passed' ? 1 : 0),
    errors: errors + (whole && isBroken ? 1 : 0),
    skipped: told?.skipped ?? 0,
    ms,
  };
  const properties = Object.entries({ service, replica, digest, ...(outdated && { outdated: 'true' }) });
  const attributes = { name, ...totals([counts]), timestamp: startedAt, hostname: replica };
  const children = [
    element(
      'properties',
      {},
      properties.map(([key, value]) => element('property', { name: key, value })),
    ),
    ...(told?.cases ?? []),
    ...(whole ? [wholeCase(result, name)] : []),
    element('system-out', {}, [text(output)]),
  ];
  return { node: element('testsuite', attributes, children), counts };
}

/** The suite as one test. */
function wholeCase(result: SuiteResult, classname: string): XmlNode {
  const { suite, state, ms, reason, error, exitCode, signal } = result;
  const why = [error?.what ?? reason ?? '', error?.why ?? ''].filter((line) => line !== '').join('\n');
  const how = signal === undefined ? `exit code ${exitCode ?? 1}` : `signal ${signal}`;
  const children = {
    passed: [],
    failed: [element('failure', { message: how, type: 'failed' }, [text(how)])],
    stopped: [element('failure', { message: why, type: 'stopped' }, [text(why)])],
    broken: [element('error', { message: error?.what ?? why, type: error?.code ?? 'broken' }, [text(why)])],
  };
  return element('testcase', { classname, name: suite, time: seconds(ms) }, children[state]);
}

function totals(counts: readonly Counts[]): Readonly<Record<string, string>> {
  const sum = (key: keyof Counts): number => counts.reduce((total, each) => total + each[key], 0);
  const numbers = (['tests', 'failures', 'errors', 'skipped'] as const).map((key) => [key, String(sum(key))]);
  return { ...Object.fromEntries(numbers), time: seconds(sum('ms')) };
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

function unwritable(file: string, cause: unknown): KdevError {
  return new KdevError({
    code: 'junit-unwritable',
    fault: 'user',
    what: `The report ${file} cannot be written.`,
    why: `${messageOf(cause)}.`,
    cure: 'Name a file in a folder that you may write to: --junit FILE.',
    cause,
  });
}
