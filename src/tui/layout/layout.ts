/** In the order in which Tab goes through them; the digit keys count them from 1. */
export const panelIds = ['services', 'activity', 'logs', 'problems', 'tests'] as const;
export type PanelId = (typeof panelIds)[number];

/** Where a panel is, frame included, in cells; row 0 is the first below the header. */
export interface PanelPlace {
  readonly id: PanelId;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  /** `tabs`: one panel without a frame below a row of tabs; else frames side by side or below each other. */
  readonly kind: 'tabs' | 'stacked' | 'columns';
  readonly panels: readonly PanelPlace[];
}

export interface LayoutWish {
  readonly columns: number;
  /** Without header and footer. */
  readonly rows: number;
  readonly focus: PanelId;
  readonly zoomed: boolean;
  readonly services: number;
  /** Lines that the problems take when all is shown; 0 = there is none. */
  readonly problemLines: number;
  readonly tests: number;
}

/** The smallest terminal that is drawn on at all. */
export const smallestColumns = 20;
export const smallestRows = 6;

const frame = 2;

/** Which panels are seen, and where. Together they fill the rows; none is lower than a frame around one row. */
export function layout(wish: LayoutWish): Layout {
  const { columns, rows, zoomed } = wish;
  if (zoomed || columns < 60 || rows < 16) {
    return { kind: 'tabs', panels: [{ id: wish.focus, x: 0, y: 1, width: columns, height: rows - 1 }] };
  }
  return columns < 110 ? stacked(wish) : sideBySide(wish);
}

function stacked(wish: LayoutWish): Layout {
  const { columns, rows, focus, services, problemLines, tests } = wish;
  const ids: PanelId[] = ['services'];
  const heights: number[] = [clamp(services + frame, 3, Math.floor(rows * 0.3))];
  if (problemLines > 0 || focus === 'problems') {
    ids.push('problems');
    heights.push(clamp(problemLines + frame, 3, Math.floor(rows * 0.25)));
  }
  if (focus === 'tests' || (tests > 0 && rows >= 30)) {
    ids.push('tests');
    heights.push(clamp(tests + frame, 3, Math.floor(rows * 0.2)));
  }
  const left = rows - sum(heights);
  if (left < 6) {
    ids.push(focus === 'logs' ? 'logs' : 'activity');
    heights.push(left);
  } else {
    // Who looks at what happened wants the details as well.
    const activity = Math.max(3, Math.floor(left * (focus === 'activity' ? 0.7 : 0.45)));
    ids.push('activity', 'logs');
    heights.push(Math.min(activity, left - 3), Math.max(3, left - activity));
  }
  return { kind: 'stacked', panels: pile(ids, heights, 0, columns) };
}

function sideBySide(wish: LayoutWish): Layout {
  const { columns, rows, focus, services, problemLines, tests } = wish;
  const left = clamp(Math.floor(columns * 0.38), 44, 84);
  const testsHeight = tests > 0 || focus === 'tests' ? clamp(tests + frame, 3, Math.floor(rows * 0.25)) : 3;
  const problemsHeight = problemLines > 0 ? clamp(problemLines + frame, 4, Math.floor(rows * 0.4)) : 3;
  const room = rows - testsHeight - problemsHeight;
  // What the services do not need is the problems', which grow longest.
  const servicesHeight = clamp(services + frame, 3, room);
  const spare = room - servicesHeight;
  const ids: readonly PanelId[] = ['services', 'problems', 'tests'];
  const heights = [servicesHeight, problemsHeight + spare, testsHeight];
  const activity = clamp(Math.floor(rows * 0.45), 3, rows - 3);
  return {
    kind: 'columns',
    panels: [
      ...pile(ids, heights, 0, left),
      ...pile(['activity', 'logs'], [activity, rows - activity], left, columns - left),
    ],
  };
}

function pile(
  ids: readonly PanelId[],
  heights: readonly number[],
  x: number,
  width: number,
): readonly PanelPlace[] {
  let y = 0;
  return ids.map((id, index) => {
    const height = heights[index] ?? 0;
    const place = { id, x, y, width, height };
    y += height;
    return place;
  });
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
