import { ends, line, type Span } from '../text/line.ts';
import { formatMs } from '../text/measures.ts';
import { paint } from '../text/paint.ts';
import type { View } from '../view.ts';

/** While everything is brought up: the steps so far, what is under way at the bottom. */
export function stepsLines({ model, now, project }: View, width: number, height: number): readonly string[] {
  const building = project.services.flatMap(({ name }) => {
    const build = model.facts[name]?.build;
    return build?.state === 'started' && build.line !== undefined ? [`${name}: ${build.line}`] : [];
  });
  const progress = building.slice(0, Math.max(0, height - 2));
  const room = height - progress.length;
  const steps = model.steps.slice(-room).map(({ text, at, ms }) => {
    const mark: Span = ms === undefined ? ['◌ ', paint.warn] : ['✓ ', paint.good];
    const time = formatMs(ms ?? Math.floor(Math.max(0, now - at) / 1_000) * 1_000);
    const worth = ms === undefined ? now - at >= 1_000 : ms >= 100;
    return ends(
      [mark, [text, ms === undefined ? paint.bold : paint.plain]],
      worth ? [[time, paint.dim]] : [],
      width,
    );
  });
  if (steps.length === 0) return [line([['Bringing everything up.', paint.dim]], width)];
  return [...steps, ...progress.map((text) => line([['  '], [text, paint.dim]], width))];
}
