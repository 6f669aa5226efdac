import type { Bus } from '../core/event.ts';
import type { ServiceRules } from '../core/rules.ts';
import { type RunCommand, runKey, runTitle } from '../core/run-command.ts';
import type { Service } from '../core/service.ts';
import type { RebuildRequest } from './rebuild-lane.ts';
import type { ReplicaListener } from './replica-port.ts';

type RunListener = Pick<ReplicaListener, 'runsFor' | 'onRunOutput' | 'onRan'>;

/** What a service's run steps are, and what is said of them. One that fails asks for a new image, where there is a build. */
export function reportRuns(options: {
  readonly service: Pick<Service, 'name' | 'build' | 'run'>;
  readonly rules: ServiceRules;
  readonly bus: Bus;
  readonly onRebuild: RebuildRequest;
}): RunListener {
  const { service, rules, bus, onRebuild } = options;
  /** By replica and command. */
  const failed = new Set<string>();
  return {
    runsFor: (paths) => {
      const runs = new Map<string, RunCommand>();
      for (const path of paths)
        for (const source of rules.sources(path))
          for (const { run } of rules.runs(source.path)) runs.set(runKey(run), run);
      return [...runs.values()];
    },
    onRunOutput: ({ pod }, _run, line) =>
      bus.emit({
        event: 'log',
        service: service.name,
        replica: pod,
        line,
        at: new Date().toISOString(),
        source: 'run',
      }),
    onRan: ({ pod, seq }, run, ran) => {
      const { exitCode, timedOut, tail, ms } = ran;
      const title = runTitle(run);
      bus.emit({
        event: 'ran',
        service: service.name,
        replica: pod,
        seq,
        command: title,
        exitCode,
        ms: Math.round(ms),
        ...(timedOut && { timedOut }),
      });
      const key = `${service.name}/${pod}/run/${title}`;
      const problem = {
        event: 'problem',
        key,
        code: 'run-failed',
        service: service.name,
        replica: pod,
      } as const;
      if (exitCode === 0) {
        if (failed.delete(key)) bus.emit({ ...problem, message: '', resolved: true });
        return;
      }
      failed.add(key);
      const how = timedOut ? `took longer than ${run.timeoutMs / 1_000} s` : `ended with code ${exitCode}`;
      const rebuilds = service.build !== undefined;
      bus.emit({
        ...problem,
        message: [`\`${title}\` ${how} in ${pod}`, ...tail.slice(-5)].join('\n'),
        cure: rebuilds
          ? 'the image is built anew; or correct the file and save it'
          : 'correct the file and save it: the command runs again',
        resolved: false,
      });
      // The rebuild rules leave the step's files to it, so they would be content with the image as it is.
      if (rebuilds) onRebuild(`${title} failed`, { asked: true });
    },
  };
}
