import { describe, expect, it } from 'vitest';
import { type LayoutWish, layout, panelIds } from './layout.ts';

const wish: LayoutWish = {
  columns: 80,
  rows: 22,
  focus: 'services',
  zoomed: false,
  services: 3,
  problemLines: 0,
  tests: 0,
};

describe('the layout', () => {
  it.each([
    [40, 10, 'tabs'],
    [59, 48, 'tabs'],
    [80, 15, 'tabs'],
    [80, 22, 'stacked'],
    [109, 48, 'stacked'],
    [110, 22, 'columns'],
    [300, 98, 'columns'],
  ] as const)('of %i × %i cells is %s', (columns, rows, kind) => {
    expect(layout({ ...wish, columns, rows }).kind).toBe(kind);
  });

  it('is the open panel alone while it has the whole screen', () => {
    const { panels } = layout({ ...wish, columns: 200, rows: 60, zoomed: true, focus: 'logs' });
    expect(panels).toEqual([{ id: 'logs', x: 0, y: 1, width: 200, height: 59 }]);
  });

  it('shows problems and tests where there are any, or where somebody looks at them', () => {
    const ids = (more: Partial<LayoutWish>): readonly string[] =>
      layout({ ...wish, ...more }).panels.map(({ id }) => id);
    expect(ids({})).toEqual(['services', 'activity', 'logs']);
    expect(ids({ problemLines: 4 })).toContain('problems');
    expect(ids({ focus: 'problems' })).toContain('problems');
    expect(ids({ focus: 'tests' })).toContain('tests');
    expect(ids({ columns: 120 })).toEqual([...panelIds].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
  });

  it('fills its room at every size, without a gap, an overlap or a panel too small for a row', () => {
    for (let columns = 20; columns <= 300; columns += 17) {
      for (let rows = 4; rows <= 98; rows += 5) {
        for (const focus of panelIds) {
          for (const [services, problemLines, tests] of [
            [1, 0, 0],
            [100, 0, 3],
            [3, 40, 300],
            [100, 400, 300],
          ] as const) {
            expectFilled({ ...wish, columns, rows, focus, services, problemLines, tests });
          }
        }
      }
    }
  });
});

const order = ['services', 'problems', 'tests', 'activity', 'logs'];

function expectFilled(asked: LayoutWish): void {
  const { kind, panels } = layout(asked);
  const about = JSON.stringify(asked);
  expect(
    panels.some(({ id }) => id === asked.focus),
    about,
  ).toBe(true);
  if (kind === 'tabs') {
    expect(panels, about).toEqual([
      { id: asked.focus, x: 0, y: 1, width: asked.columns, height: asked.rows - 1 },
    ]);
    return;
  }
  let width = 0;
  for (const x of new Set(panels.map((panel) => panel.x))) {
    const column = panels.filter((panel) => panel.x === x);
    expect(x, about).toBe(width);
    width += column[0]?.width ?? 0;
    let y = 0;
    for (const panel of column) {
      expect(panel.y, about).toBe(y);
      expect(panel.width, about).toBe(column[0]?.width);
      expect(panel.height, about).toBeGreaterThanOrEqual(3);
      y += panel.height;
    }
    expect(y, about).toBe(asked.rows);
  }
  expect(width, about).toBe(asked.columns);
}
