import { describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import { junitReport } from './junit-report.ts';
import type { SuiteResult } from './suite-result.ts';
import { childrenOf, nameOf, readXml } from './xml-node.ts';

function result(facts: Partial<SuiteResult> = {}): SuiteResult {
  return {
    ...{ service: 'adder', suite: 'unit', state: 'passed', replica: 'adder-1', digest: 'ab12', ms: 1_234 },
    ...{ startedAt: '2026-11-21T14:03:07.112Z', output: '', ...facts },
  };
}

/** Without what every suite has. */
function lines(results: readonly SuiteResult[]): readonly string[] {
  const report = junitReport(results);
  const [root] = readXml(report) ?? [];
  expect(root && nameOf(root)).toBe('testsuites');
  expect(childrenOf(root ?? {}).map(nameOf)).toEqual(results.map(() => 'testsuite'));
  return report.split('\n').map((line) => line.trim());
}

describe('a JUnit report', () => {
  it('has a suite for each, with where and on what it ran, and the sums', () => {
    const report = lines([
      result(),
      result({ suite: 'lint', state: 'failed', exitCode: 1, output: 'E501\n' }),
    ]);
    expect(report.slice(0, 8)).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="kdev" tests="2" failures="1" errors="0" skipped="0" time="2.468">',
      '<testsuite name="adder.unit" tests="1" failures="0" errors="0" skipped="0" time="1.234" timestamp="2026-11-21T14:03:07.112Z" hostname="adder-1">',
      '<properties>',
      '<property name="service" value="adder"/>',
      '<property name="replica" value="adder-1"/>',
      '<property name="digest" value="ab12"/>',
      '</properties>',
    ]);
    expect(report).toContain('<testcase classname="adder.lint" name="lint" time="1.234">');
    expect(report).toContain('<failure message="exit code 1" type="failed">exit code 1</failure>');
    expect(report).toContain('<system-out>E501');
  });

  it('tells what could not run as an error, and what was stopped as a failure', () => {
    const error = new KdevError({
      code: 'test-tool-missing',
      fault: 'environment',
      what: 'no "x"',
      why: 'gone',
    });
    const report = lines([
      result({ state: 'broken', error, reason: 'gone' }),
      result({ state: 'stopped', reason: 'its time limit of 1 s is over', outdated: true }),
    ]);
    expect(report[1]).toContain('tests="2" failures="1" errors="1"');
    expect(report).toContain('<error message="no &quot;x&quot;" type="test-tool-missing">no &quot;x&quot;');
    expect(report).toContain('<property name="outdated" value="true"/>');
  });

  it('survives whatever a tool prints', () => {
    const output = 'a <b> & ]]> \u0000\u001b[1m\ud800 end';
    expect(junitReport([result({ output })])).toContain('a &lt;b&gt; &amp; ]]&gt; \ufffd\ufffd[1m\ufffd end');
  });

  const told = [
    '<?xml version="1.0"?><testsuites><testsuite name="pytest" tests="3">',
    '<testcase classname="t" name="a&#10;&lt;b&gt;" time="0.1"/>',
    '<testcase classname="t" name="c"><failure message="1 &amp; 2">assert <![CDATA[1 < 2]]></failure></testcase>',
    '<testsuite name="inner"><testcase classname="t" name="d"><skipped/></testcase></testsuite>',
    '</testsuite></testsuites>',
  ].join('\n');

  it('takes in the cases of the tool’s own report', () => {
    const report = lines([result({ state: 'failed', exitCode: 1, junit: told })]);
    expect(report[1]).toContain('tests="3" failures="1" errors="0" skipped="1"');
    expect(report.filter((line) => line.startsWith('<testcase'))).toEqual([
      '<testcase classname="t" name="a',
      '<testcase classname="t" name="c">',
      '<testcase classname="t" name="d">',
    ]);
    expect(report).toContain('<failure message="1 &amp; 2">assert 1 &lt; 2</failure>');
  });

  it.each<[why: string, facts: Partial<SuiteResult>, cases: string]>([
    [
      'is red though none of its cases is',
      { state: 'failed', exitCode: 2, junit: '<testsuite><testcase name="a"/></testsuite>' },
      'tests="2" failures="1"',
    ],
    ['has written no XML', { junit: '<testsuite><testcase' }, 'tests="1" failures="0"'],
    ['has written no case', { junit: '<html><testcase name="a"/></html>' }, 'tests="1" failures="0"'],
  ])('has the suite as a case where its tool %s', (_, facts, cases) => {
    const report = lines([result(facts)]);
    expect(report[1]).toContain(cases);
    expect(report.some((line) => line.startsWith('<testcase classname="adder.unit" name="unit"'))).toBe(true);
  });
});
