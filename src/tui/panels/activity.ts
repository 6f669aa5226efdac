import { clockTime } from '../../core/measures.ts';
import type { Activity, Note, Save } from '../model/model.ts';
import { type Verdict, verdictOf } from '../model/outcome.ts';
import { windowOf } from '../state/window.ts';
import { column, ends, line, type Span } from '../text/line.ts';
import { formatMs } from '../text/measures.ts';
import { type Paint, paint } from '../text/paint.ts';
import { cutStart } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import type { View } from '../view.ts';
import { bar } from './bar.ts';
import { saveDetail } from './save-detail.ts';
import { stepsLines } from './steps.ts';

/** Below this the details of the chosen save would take the list away. */
const leastForDetail = 7;

/** What happened, the newest on top; below it, where there is room, all about the chosen save. */
export function activityLines(view: View, width: number, height: number): readonly string[] {
  const { model, state } = view;
  if (!model.ready) return stepsLines(view, width, height);
  if (model.activity.length === 0) return emptyLines(view, width).slice(0, height);
  const rows = model.activity.toReversed();
  const chosen = rows[state.activity];
  const detail =
    height >= leastForDetail && chosen?.type === 'save'
      ? saveDetail(chosen, width).slice(0, Math.floor(height / 2))
      : [];
  const room = height - detail.length;
  const { from, to } = windowOf(rows.length, state.activity, room);
  const list = rows.slice(from, to).map((row, index) => {
    const isChosen = from + index === state.activity && state.focus === 'activity';
    return rowLine(row, width, isChosen, view.project.services.length > 1);
  });
  const filling = Array.from({ length: room - list.length }, () => '');
  return [...list, ...filling, ...detail];
}

function emptyLines({ project }: View, width: number): readonly string[] {
  const [service] = project.services;
  const source = service?.sources[0];
  const what =
    source === undefined || source === '.' ? 'Edit a file of this folder' : `Edit a file in ${source}`;
  const text = `No save yet. ${what}: what every replica makes of it, and how long it took, stands here.`;
  return wrapWords(text, width).map((each) => line([[each, paint.dim]], width));
}

function rowLine(row: Activity, width: number, isChosen: boolean, several: boolean): string {
  const cursor: Span = [isChosen ? '▸' : ' ', paint.accent];
  const time: Span = [width < 50 ? '' : `${clockTime(row.at)} `, paint.dim];
  return row.type === 'note'
    ? noteLine(row, [cursor, time], width)
    : saveLine(row, [cursor, time], width, several);
}

const tones: Readonly<Record<Note['tone'], readonly [string, Paint]>> = {
  good: ['✓', paint.good],
  bad: ['✗', paint.bad],
  plain: ['·', paint.plain],
};

function noteLine({ tone, service, text }: Note, before: readonly Span[], width: number): string {
  const [mark, look] = tones[tone];
  return line([...before, [`${mark} `, look], [`${service}: `, paint.dim], [text, look]], width);
}

function saveLine(save: Save, before: readonly Span[], width: number, several: boolean): string {
  const verdict = verdictOf(save);
  const services = several ? ` ${save.outcomes.map(({ service }) => service).join(' ')}` : '';
  const right = verdictSpans(verdict, width);
  const used = right.reduce((sum, [text]) => sum + text.length, 0);
  const room = Math.max(8, width - used - 8 - (width < 50 ? 0 : 9) - Math.min(services.length, 24));
  const left: Span[] = [
    ...before,
    [`#${save.seq} `, paint.bold],
    [cutStart(pathsOf(save), room)],
    [services.slice(0, 24), paint.dim],
  ];
  return ends(left, right, width);
}

function verdictSpans(verdict: Verdict, width: number): readonly Span[] {
  const { kind, state, ms, budgetMs } = verdict;
  const word = words[kind][state];
  const look = looks[state];
  const took = ms === undefined ? '' : formatMs(ms);
  const over = ms !== undefined && budgetMs !== undefined && ms > budgetMs;
  const time: Span = [took.padStart(7), over ? paint.bad : paint.plain];
  if (width < 40) return [took === '' ? [word, look] : time];
  const spans: Span[] = [[`${column(word, 11)} `, look], time];
  if (width >= 60) {
    spans.push([' '], ms !== undefined && budgetMs !== undefined ? bar(ms, budgetMs, 8) : [' '.repeat(10)]);
  }
  return spans;
}

const words: Readonly<Record<Verdict['kind'], Readonly<Record<Verdict['state'], string>>>> = {
  sync: { 'under way': 'syncing', done: 'synced', failed: 'not synced' },
  restart: { 'under way': 'restarting', done: 'restarted', failed: 'no restart' },
  rebuild: { 'under way': 'rebuilding', done: 'rebuilt', failed: 'not rebuilt' },
  nothing: { 'under way': '', done: 'no effect', failed: '' },
};

const looks: Readonly<Record<Verdict['state'], Paint>> = {
  'under way': paint.warn,
  done: paint.good,
  failed: paint.bad,
};

function pathsOf({ paths, files }: Save): string {
  const [first = 'what was missing'] = paths;
  return files > 1 ? `${first} and ${files - 1} more` : first;
}
