import { saveCases } from './cases.ts';
import type { Result, Timing } from './result.ts';

/** Results as text, a case at a time, with kdev's goals and how far it is ahead. */
export function formatTable(results: readonly Result[]): string {
  const rows = results.map(rowOf);
  const heads = ['case', 'who', 'n', 'median', 'p95', 'max', 'wrong'];
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return [line(heads), ...rows.map(line), '', ...verdicts(results)]
    .map((text) => `${text.trimEnd()}\n`)
    .join('');
}

function rowOf(result: Result): readonly string[] {
  if ('value' in result)
    return [result.case, result.who, String(result.n), `${result.value} ${result.unit}`, '', '', ''];
  const { medianMs, p95Ms, maxMs, wrong } = result;
  const times = [medianMs, p95Ms, maxMs].map((ms) => `${ms.toFixed(2)} ms`);
  return [result.case, result.who, String(result.n), ...times, String(wrong)];
}

/** One line for each kind of save: against its goal, and against the fastest of the others. */
function verdicts(results: readonly Result[]): readonly string[] {
  const timings = results.filter((result): result is Timing => 'medianMs' in result);
  return saveCases.flatMap(({ name, goalMs }) => {
    const measured = timings.filter((each) => each.case === name && !each.who.startsWith('kdev says'));
    const kdev = measured.find(({ who }) => who === 'kdev');
    if (kdev === undefined) return [];
    const [fastest] = measured.filter((each) => each !== kdev).sort((a, b) => a.medianMs - b.medianMs);
    const goal =
      goalMs === undefined ? '' : `, goal ${goalMs} ms: ${kdev.medianMs <= goalMs ? 'met' : 'missed'}`;
    const ahead =
      fastest === undefined
        ? ''
        : `; ${(fastest.medianMs / kdev.medianMs).toFixed(1)} times ahead of ${fastest.who}`;
    return [`${name}: kdev ${kdev.medianMs} ms${goal}${ahead}`];
  });
}
