import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Change, RelPath } from '../core/change.ts';
import { planChanges } from '../core/plan.ts';
import { compileRules, movePath } from '../core/rules.ts';
import { runTitle } from '../core/run-command.ts';
import type { Mapping, Service } from '../core/service.ts';
import type { IgnoreReason } from '../watch/ignore-rules.ts';
import type { Selection } from '../watch/selection.ts';
import type { RulePlaces } from './rule-places.ts';

/** What happens to one path, and why. */
export interface Explanation {
  /** As it was given. */
  readonly asked: string;
  /** Relative to the project's root; null when it lies outside. */
  readonly path: string | null;
  /** `missing`: not there, explained as the file that it could be (a directory when it ends with a slash). */
  readonly is: 'file' | 'dir' | 'link' | 'other' | 'missing' | 'outside';
  readonly services: readonly ServiceExplanation[];
}

export interface ServiceExplanation {
  readonly service: string;
  readonly mappings: readonly MappingExplanation[];
  /** What a change of the path causes; empty: nothing. */
  readonly steps: readonly {
    readonly step: 'sync' | 'run' | 'restart' | 'rebuild';
    /** The container paths, or the pattern of the rule; of a run step, pattern and command. */
    readonly because: string;
    /** Where the rule stands: `file:line`, or what implies it. */
    readonly where?: string;
    /** A rebuild rule of the Dockerfile that the run step takes the place of. */
    readonly insteadOf?: string;
  }[];
}

export interface MappingExplanation {
  readonly from: string;
  /** Of the mapping in the configuration. */
  readonly where?: string;
  readonly containerPath: string;
  /** Which rule leaves it out; absent: it is synced. */
  readonly ignored?: {
    readonly by: IgnoreReason['layer'];
    readonly pattern: string;
    readonly reason: string;
    readonly where?: string;
  };
  /** A later mapping gives the same container path, and wins. */
  readonly shadowedBy?: string;
}

/** Explains one path from the configuration and the ignore rules alone; the path need not exist. */
export function explainPath(options: {
  readonly asked: string;
  readonly cwd: string;
  readonly root: string;
  readonly services: readonly Service[];
  readonly selection: Selection;
  readonly places: RulePlaces;
}): Explanation {
  const { asked, cwd, root, services } = options;
  const given = path.resolve(cwd, asked);
  // A path that leads to the project through a link is as good; links inside the project are not followed.
  const absolute = below(root, given) === undefined ? withRealFolder(given) : given;
  const relative = below(root, absolute);
  if (relative === undefined) return { asked, path: null, is: 'outside', services: [] };
  const is = kindOf(absolute);
  const type = is === 'missing' ? (/[/\\]$/.test(asked) ? 'dir' : 'file') : is === 'other' ? 'file' : is;
  const explained = services
    .map((service) => explainService({ ...options, service, path: relative as RelPath, type }))
    .filter(({ mappings, steps }) => mappings.length + steps.length > 0);
  return { asked, path: relative, is, services: explained };
}

function explainService(options: {
  readonly service: Service;
  readonly path: RelPath;
  readonly type: Change['type'];
  readonly selection: Selection;
  readonly places: RulePlaces;
}): ServiceExplanation {
  const { service, path: at, type, selection, places } = options;
  const covers = (mapping: Mapping): boolean => selection.covers(mapping, at, type === 'dir');
  const mappings = service.mappings.flatMap((mapping, index): MappingExplanation[] => {
    const containerPath = movePath(at, mapping.from, mapping.to);
    if (containerPath === undefined) return [];
    const why = selection.explain(mapping, at, type === 'dir');
    const where = places.mapping(service, index);
    const winner = service.mappings
      .slice(index + 1)
      .findLast((other) => movePath(at, other.from, other.to) === containerPath && covers(other));
    const place = why && places.ignore(service, index, why);
    return [
      {
        from: mapping.from,
        containerPath,
        ...(where !== undefined && { where }),
        ...(why && {
          ignored: {
            by: why.layer,
            pattern: why.pattern,
            reason: why.reason,
            ...(place !== undefined && { where: place }),
          },
        }),
        ...(winner && { shadowedBy: winner.from }),
      },
    ];
  });
  return { service: service.name, mappings, steps: stepsOf({ ...options, covers }) };
}

function stepsOf(options: {
  readonly service: Service;
  readonly path: RelPath;
  readonly type: Change['type'];
  readonly places: RulePlaces;
  readonly covers: (mapping: Mapping) => boolean;
}): ServiceExplanation['steps'] {
  const { service, path: at, type, places, covers } = options;
  const change: Change = { path: at, kind: 'modified', type, at: 0 };
  // What git keeps is never looked at, whatever a rule says.
  if (/(?:^|\/)\.git(?:\/|$)/.test(at)) return [];
  const plan = planChanges({ seq: 0, at: 0, changes: [change] }, compileRules(service, covers));
  // What a rebuild rule would say if no step did its work in the container.
  const spared = plan.rebuild ? undefined : compileRules({ ...service, run: [] }, covers).rebuildPattern(at);
  const rule = (step: 'restart' | 'rebuild', pattern: string) => {
    const where = places.rule(service, step, pattern);
    return { step, because: pattern, ...(where !== undefined && { where }) };
  };
  return [
    ...(plan.sync.length > 0 ? [{ step: 'sync' as const, because: plan.sync.join(', ') }] : []),
    ...(plan.run ?? []).map(({ pattern, run }) => {
      const where = places.rule(service, 'run', pattern);
      return {
        ...{ step: 'run' as const, because: `${pattern}: ${runTitle(run)}` },
        ...(where !== undefined && { where }),
        ...(spared !== undefined && { insteadOf: spared }),
      };
    }),
    ...(plan.restart ? [rule('restart', plan.restart.pattern)] : []),
    ...(plan.rebuild ? [rule('rebuild', plan.rebuild.pattern)] : []),
  ];
}

/** Relative to the root, `/`-separated, `.` for the root itself; undefined outside. */
function below(root: string, absolute: string): string | undefined {
  const relative = path.relative(root, absolute);
  const isOutside = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  return isOutside ? undefined : relative.split(path.sep).join('/') || '.';
}

/** With the links on the way followed, as far as there is something. */
function withRealFolder(absolute: string): string {
  const folder = path.dirname(absolute);
  if (folder === absolute) return absolute;
  try {
    return path.join(realpathSync(folder), path.basename(absolute));
  } catch {
    return path.join(withRealFolder(folder), path.basename(absolute));
  }
}

function kindOf(absolute: string): Exclude<Explanation['is'], 'outside'> {
  const stats = lstatSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  if (stats.isSymbolicLink()) return 'link';
  return stats.isFile() ? 'file' : stats.isDirectory() ? 'dir' : 'other';
}
