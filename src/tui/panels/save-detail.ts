import { count, formatBytes } from '../../core/measures.ts';
import type { Outcome, Save } from '../model/model.ts';
import { restartBudgetMs, restartedAfter, syncBudgetMs } from '../model/outcome.ts';
import { line, type Span, spansWidth } from '../text/line.ts';
import { formatMs } from '../text/measures.ts';
import { type Paint, paint } from '../text/paint.ts';
import { cutEnd, widthOf } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import { bar } from './bar.ts';

const shownPaths = 4;

/** Why each service did what it did with a save, and how long every stage took. */
export function saveDetail(save: Save, width: number): readonly string[] {
  const { seq, paths, files, outcomes } = save;
  const more = files > shownPaths ? ` and ${files - shownPaths} more` : '';
  const title = cutEnd(`#${seq} ${paths.slice(0, shownPaths).join(', ')}${more}`, width - 4);
  const rule = '─'.repeat(Math.max(0, width - widthOf(title) - 3));
  const head = line(
    [
      ['─ ', paint.dim],
      [title, paint.bold],
      [` ${rule}`, paint.dim],
    ],
    width,
  );
  if (outcomes.length === 0)
    return [head, line([['  no service syncs it, and no rule names it', paint.dim]], width)];
  return [head, ...outcomes.flatMap((outcome) => outcomeLines(outcome, width))];
}

function outcomeLines(outcome: Outcome, width: number): readonly string[] {
  const { service, steps, synced, restarts, build, rollout } = outcome;
  const why = steps.filter(({ step }) => step !== 'sync').map(({ step, reason }) => `${step}: ${reason}`);
  const size = synced
    ? `${count(synced.files, 'file')}, ${formatBytes(synced.bytes)} to ${count(synced.replicas, 'replica')}`
    : steps.map(({ step }) => step).join(', ');
  const lines = [...flow([[service, paint.bold]], [size, ...why], paint.plain, width)];
  if (synced) {
    const { total, detect, settle, send, apply } = synced.stages;
    const stages = Object.entries({ detect, settle, send, apply }).map(
      ([name, ms]) => `${name} ${formatMs(ms)}`,
    );
    lines.push(...flow(timeSpans('synced', total, syncBudgetMs), stages, paint.dim, width));
  }
  const after = restartedAfter(outcome);
  if (after !== undefined) {
    const pids = restarts.map(
      ({ replica, oldPid, newPid, ms }) => `${replica} ${formatMs(ms)}, pid ${oldPid} → ${newPid}`,
    );
    lines.push(...flow(timeSpans('restarted', after, restartBudgetMs), pids, paint.dim, width));
  }
  if (build) {
    const rolled = rollout ? [`rollout ${rollout.state}${took(rollout.ms)}`] : [];
    const look = build.state === 'failed' ? paint.bad : paint.plain;
    lines.push(...flow([['  image']], [`${build.state}${took(build.ms)}`, ...rolled], look, width));
  }
  return lines;
}

/** What is said first, and the details behind it, on lines of their own where they do not fit. */
function flow(
  head: readonly Span[],
  details: readonly string[],
  look: Paint,
  width: number,
): readonly string[] {
  const room = width - spansWidth(head) - 2;
  const whole = details.join(' · ');
  if (widthOf(whole) <= room) return [line([...head, ['  '], [whole, look]], width)];
  const indent = 4;
  const rows: string[] = [];
  for (const detail of details) {
    const longer = rows.length === 0 ? detail : `${rows.at(-1)} · ${detail}`;
    if (rows.length > 0 && widthOf(longer) <= width - indent) rows[rows.length - 1] = longer;
    else rows.push(detail);
  }
  const wrapped = rows.flatMap((row) => wrapWords(row, width - indent));
  return [line(head, width), ...wrapped.map((row) => line([[' '.repeat(indent)], [row, look]], width))];
}

function timeSpans(what: string, ms: number, budgetMs: number): readonly Span[] {
  const look = ms > budgetMs ? paint.bad : paint.good;
  return [
    [`  ${what.padEnd(9)} `],
    [formatMs(ms).padStart(7), look],
    [` of ${budgetMs} ms `, paint.dim],
    bar(ms, budgetMs, 8),
  ];
}

function took(ms: number | undefined): string {
  return ms === undefined ? '' : ` in ${formatMs(ms)}`;
}
