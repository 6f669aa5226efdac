import type { Stage } from './dockerfile-stages.ts';

/** The stages that a target is made of, itself first; the last stage where no target is named, or an unknown one. */
export function reachableStages(stages: readonly Stage[], target: string | undefined): readonly Stage[] {
  const start = (target === undefined ? undefined : findStage(stages, target)) ?? stages.at(-1);
  const found = new Set<Stage>();
  const waiting = start ? [start] : [];
  for (let stage = waiting.pop(); stage; stage = waiting.pop()) {
    if (found.has(stage)) continue;
    found.add(stage);
    for (const name of sourcesOf(stage)) {
      const other = findStage(stages.slice(0, stage.index), name);
      if (other) waiting.push(other);
    }
  }
  return [...found];
}

/** Names that a stage takes from: other stages and images alike. */
export function sourcesOf(stage: Stage): readonly string[] {
  return [stage.base, ...stage.steps.flatMap((step) => (step.type === 'copy-from' ? [step.from] : []))];
}

/** The stage of that name or number. */
export function findStage(stages: readonly Stage[], name: string): Stage | undefined {
  return stages.find((stage) => refersTo(name, stage));
}

export function refersTo(name: string, stage: Stage): boolean {
  return name.toLowerCase() === stage.name || name === String(stage.index);
}
