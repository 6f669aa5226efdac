import { clockTime } from '../../core/measures.ts';
import type { Problem } from '../model/model.ts';
import { line, type Span } from '../text/line.ts';
import { paint } from '../text/paint.ts';
import { wrapWords } from '../text/wrap.ts';
import type { View } from '../view.ts';

/** Every problem that stands, whole, each with its cure. */
export function problemsLines(view: View, width: number, height: number): readonly string[] {
  if (view.problems.length === 0) return [line([['No problems.', paint.dim]], width)];
  const all = allProblemLines(view.problems, width);
  const from = Math.max(0, Math.min(view.state.problem, all.length - height));
  return all.slice(from, from + height);
}

export function allProblemLines(problems: readonly Problem[], width: number): readonly string[] {
  return problems.flatMap((problem) => problemLines(problem, width));
}

function problemLines(
  { message, code, cure, path, service, since }: Problem,
  width: number,
): readonly string[] {
  const indent = 2;
  const where = path === undefined || message.includes(path) ? '' : `${path}: `;
  const about = [
    ...(code === undefined ? [] : [code]),
    ...(service === undefined ? [] : [service]),
    ...(since > 0 ? [`since ${clockTime(since)}`] : []),
  ];
  const rows: (readonly Span[])[] = [
    ...wrapWords(where + message, width - indent).map((text): readonly Span[] => [[text]]),
    ...(cure === undefined
      ? []
      : wrapWords(`→ ${cure}`, width - indent).map((text): readonly Span[] => [[text, paint.good]])),
    [[about.join(' · '), paint.dim]],
  ];
  return rows.map((spans, index) => line([[index === 0 ? '✗ ' : '  ', paint.bad], ...spans], width));
}
