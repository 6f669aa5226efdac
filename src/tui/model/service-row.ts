import type { ServiceStatus } from '../../core/service-status.ts';
import { noFacts, type ServiceFacts } from './model.ts';

/** One line of the services panel. */
export interface ServiceRow {
  readonly name: string;
  readonly mark: 'good' | 'busy' | 'bad' | 'off';
  /** A word or two: `running`, `building #41 12 s`. */
  readonly state: string;
  /** `2/2 on #41`. */
  readonly replicas: string;
  readonly inSync: boolean;
  readonly restarts: number;
  readonly url: string | undefined;
}

/** @param now wall clock, ms */
export function serviceRow(options: {
  readonly name: string;
  readonly status: ServiceStatus | undefined;
  readonly facts: ServiceFacts | undefined;
  readonly now: number;
}): ServiceRow {
  const { name, status, now } = options;
  const facts = options.facts ?? noFacts;
  const replicas = status?.replicas ?? [];
  const current = replicas.filter(({ inSync }) => inSync).length;
  const seq = status === undefined || status.seq === 0 ? '' : ` on #${status.seq}`;
  return {
    name,
    ...stateOf(status, facts, now),
    replicas: replicas.length === 0 ? '' : `${current}/${replicas.length}${seq}`,
    inSync: status?.inSync ?? false,
    restarts: facts.restarts,
    url: facts.urls[0],
  };
}

function stateOf(
  status: ServiceStatus | undefined,
  { build, rollout, crashed }: ServiceFacts,
  now: number,
): Pick<ServiceRow, 'mark' | 'state'> {
  const since = (at: number): string => `${Math.max(0, Math.round((now - at) / 1_000))} s`;
  const edit = (seq = 0): string => (seq > 0 ? `#${seq} ` : '');
  const replicas = status?.replicas ?? [];
  const [ending] = replicas.flatMap(({ pod }) => crashed[pod] ?? []);
  const [waits] = replicas.flatMap(({ restartsAt }) => restartsAt ?? []);
  const backOff = waits === undefined ? 0 : Math.round((Date.parse(waits) - now) / 1_000);
  if (build?.state === 'started')
    return { mark: 'busy', state: `building ${edit(build.seq)}${since(build.at)}` };
  if (rollout?.state === 'stuck') return { mark: 'bad', state: 'rollout stuck' };
  if (waits !== undefined)
    return { mark: 'bad', state: backOff > 0 ? `crashed, back in ${backOff} s` : 'crashed' };
  if (ending !== undefined) return { mark: 'bad', state: `crashed, ${ending}` };
  if (replicas.some(({ app }) => app.state === 'held')) return { mark: 'bad', state: 'crashed' };
  if (status?.held !== undefined) return { mark: 'bad', state: 'deletions held' };
  if (rollout?.state === 'started') return { mark: 'busy', state: `rolling out ${since(rollout.at)}` };
  if (status?.building) return { mark: 'busy', state: 'building' };
  if (build?.state === 'failed' || status?.buildFailed !== undefined)
    return { mark: 'bad', state: 'build failed' };
  if (status === undefined || replicas.length === 0) return { mark: 'off', state: 'no pod yet' };
  if (replicas.some(({ state }) => state === 'superseded')) return { mark: 'bad', state: 'taken over' };
  if (replicas.some(({ stale }) => stale)) return { mark: 'bad', state: 'stale code' };
  const away = replicas.filter(({ state }) => state !== 'live').length;
  if (away > 0) return { mark: 'busy', state: away === replicas.length ? 'connecting' : 'reconnecting' };
  if (!status.inSync) return { mark: 'busy', state: status.unsent === undefined ? 'syncing' : 'paused' };
  if (replicas.some(({ app }) => app.state === 'waiting')) return { mark: 'busy', state: 'starting' };
  return { mark: 'good', state: 'running' };
}
