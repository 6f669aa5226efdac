import { count } from '../core/measures.ts';
import type { Model } from './model/model.ts';
import { median } from './model/totals.ts';
import { formatMs } from './text/measures.ts';

/** What a session came to, for the normal screen after the end. */
export function summaryText(model: Model, now: number): string {
  const { saves, restarts, builds, latencies, slowest } = model.totals;
  const time = formatMs(Math.max(0, model.since === 0 ? 0 : now - model.since));
  if (saves === 0 && restarts === 0 && builds === 0) return `no saves in ${time}`;
  const parts = [count(saves, 'save')];
  if (restarts > 0) parts.push(count(restarts, 'restart'));
  if (builds > 0) parts.push(`${count(builds, 'image')} built`);
  const middle = median(latencies);
  const speed =
    middle === undefined
      ? ''
      : `; live after ${formatMs(middle)}${latencies.length > 1 ? ` (median, slowest ${formatMs(slowest)})` : ''}`;
  return `${parts.join(', ')} in ${time}${speed}`;
}
