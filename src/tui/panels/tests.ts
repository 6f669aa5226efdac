import { clockTime } from '../../core/measures.ts';
import type { TestResult } from '../model/model.ts';
import { windowOf } from '../state/window.ts';
import { ends, line, type Span } from '../text/line.ts';
import { formatMs } from '../text/measures.ts';
import { type Paint, paint } from '../text/paint.ts';
import { wrapWords } from '../text/wrap.ts';
import type { View } from '../view.ts';

const marks: Readonly<Record<TestResult['state'], readonly [string, Paint]>> = {
  started: ['◌', paint.warn],
  passed: ['✓', paint.good],
  failed: ['✗', paint.bad],
  broken: ['✗', paint.bad],
  stopped: ['○', paint.warn],
};

/** Every declared suite with its last result. */
export function testsLines(view: View, width: number, height: number): readonly string[] {
  const suites = suitesOf(view);
  if (suites.length === 0) {
    const text = 'No tests are declared. Name them in dev.config.ts: services.NAME.tests';
    return wrapWords(text, width)
      .slice(0, height)
      .map((each) => line([[each, paint.dim]], width));
  }
  const { from, to } = windowOf(suites.length, view.state.test, height);
  const several = view.project.services.length > 1;
  return suites.slice(from, to).map(({ service, suite, result }, index) => {
    const isChosen = from + index === view.state.test && view.state.focus === 'tests';
    const name = several ? `${service} ${suite}` : suite;
    return suiteLine(name, result, { isChosen, width, now: view.now });
  });
}

/** How many rows there are. */
export function suitesOf({ project, model }: Pick<View, 'project' | 'model'>) {
  const declared = project.services.flatMap(({ name, tests }) =>
    tests.map((suite) => ({ service: name, suite })),
  );
  const isDeclared = (result: TestResult): boolean =>
    declared.some(({ service, suite }) => service === result.service && suite === result.suite);
  const others = model.tests.filter((result) => !isDeclared(result));
  return [...declared, ...others].map(({ service, suite }) => ({
    service,
    suite,
    result: model.tests.find((each) => each.service === service && each.suite === suite),
  }));
}

function suiteLine(
  name: string,
  result: TestResult | undefined,
  { isChosen, width, now }: { isChosen: boolean; width: number; now: number },
): string {
  const cursor: Span = [isChosen ? '▸' : ' ', paint.accent];
  if (!result)
    return ends([cursor, ['· ', paint.dim], [name]], [['not run yet, t runs it', paint.dim]], width);
  const [mark, look] = marks[result.state];
  const words = [stateWords(result), ...(result.outdated ? ['before the last save'] : [])].join(', ');
  const time =
    result.state === 'started'
      ? formatMs(Math.floor(Math.max(0, now - result.at) / 1_000) * 1_000)
      : [result.ms === undefined ? '' : formatMs(result.ms), clockTime(result.at)].join('  ');
  const left: Span[] = [
    cursor,
    [`${mark} `, look],
    [name],
    ['  '],
    [words, result.outdated ? paint.warn : look],
  ];
  const digest = width >= 70 && result.digest !== '' ? `${result.digest.slice(0, 8)}  ` : '';
  return ends(
    left,
    [
      [digest, paint.dim],
      [time, paint.dim],
    ],
    width,
  );
}

function stateWords({ state, exitCode, reason }: TestResult): string {
  switch (state) {
    case 'started':
      return 'running';
    case 'passed':
      return 'passed';
    case 'failed':
      return `failed, exit code ${exitCode ?? 1}`;
    case 'broken':
      return `could not run${reason === undefined ? '' : `: ${reason}`}`;
    case 'stopped':
      return `stopped${reason === undefined ? '' : `: ${reason}`}`;
    default:
      return state satisfies never;
  }
}
