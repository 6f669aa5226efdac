import { caseNames, goals, oneReplica, timesOneReplica } from './cases.ts';
import { type Result, round, type Timing } from './result.ts';

const heads = ['case', 'who', 'n', 'median', 'p95', 'max', 'wrong'] as const;

/** Results as text, a case at a time, with kdev's goals and how far it is ahead. */
export function formatTable(results: readonly Result[]): string {
  const rows = [...results].sort((a, b) => orderOf(a) - orderOf(b)).map(rowOf);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => lengthOf(row[column]))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column < 2 ? cell.padEnd(lengthAt(column)) : cell.padStart(lengthAt(column))))
      .join('  ');
  const lengthAt = (column: number): number => widths[column] ?? 0;
  const lines = [line(heads), ...rows.map(line), '', ...verdicts(results)];
  return lines.map((text) => `${text.trimEnd()}\n`).join('');
}

const names: readonly string[] = caseNames;

/** By case; the stages of a case, `save-bytes.detect`, behind it. */
function orderOf({ case: name }: Result): number {
  const [first, stage] = name.split('.');
  return 2 * names.indexOf(first ?? '') + (stage === undefined ? 0 : 1);
}

function lengthOf(cell: string | undefined): number {
  return cell?.length ?? 0;
}

function rowOf(result: Result): readonly string[] {
  const { case: name, who, n } = result;
  if ('value' in result) return [name, who, String(n), `${result.value} ${result.unit}`, '', '', ''];
  const { medianMs, p95Ms, maxMs, wrong } = result;
  const times = [medianMs, p95Ms, maxMs].map((ms) => `${ms.toFixed(2)} ms`);
  return [name, who, String(n), ...times, String(wrong)];
}

/** One line for each kind of save: against its goal, and against the fastest of the others. */
function verdicts(results: readonly Result[]): readonly string[] {
  const timings = results.filter((result): result is Timing => 'medianMs' in result);
  return goals.flatMap(({ name, goalMs: fixedMs }) => {
    const measured = timings.filter((each) => each.case === name);
    const kdev = measured.find(({ who }) => who === 'kdev');
    if (kdev === undefined) return [];
    const one = measured.find(({ who }) => who === oneReplica);
    const goalMs = one === undefined ? fixedMs : round(timesOneReplica * one.medianMs);
    const [fastest] = measured
      .filter((each) => each !== kdev && each !== one)
      .sort((a, b) => a.medianMs - b.medianMs);
    const goal = `goal ${goalMs} ms: ${kdev.medianMs <= goalMs ? 'met' : 'missed'}`;
    const ahead =
      fastest === undefined
        ? ''
        : `; ${(fastest.medianMs / kdev.medianMs).toFixed(1)} times ahead of ${fastest.who}`;
    return [`${name}: kdev ${kdev.medianMs} ms, ${goal}${ahead}`];
  });
}
