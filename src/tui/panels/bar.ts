import type { Span } from '../text/line.ts';
import { paint } from '../text/paint.ts';

/** How much of a budget was used, in cells; full and red when it was exceeded. */
export function bar(ms: number, budgetMs: number, cells: number): Span {
  const over = ms > budgetMs;
  const filled = over ? cells : Math.max(1, Math.round((ms / budgetMs) * cells));
  const look = over ? paint.bad : ms > budgetMs * 0.8 ? paint.warn : paint.good;
  return [`▕${'█'.repeat(filled)}${'░'.repeat(cells - filled)}▏`, look];
}
