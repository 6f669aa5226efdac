import { clockTime, count } from '../core/measures.ts';
import type { ReplicaStatus, ServiceStatus } from '../core/service-status.ts';
import { printable } from '../output/printable.ts';
import type { Style } from '../output/style.ts';
import type { ClusterService, Status } from './read-status.ts';
import { table } from './table.ts';

/** `kdev status` for people. */
export function statusText(status: Status, style: Style): string {
  const { project, environment, namespace, session, services, problems, paused } = status;
  const head = `${style.bold(project)} in ${environment} ${style.dim(`(namespace ${namespace})`)}`;
  const watch = session
    ? style.dim(`kdev watch ${session.version}, process ${session.pid}, since ${session.since}`)
    : style.warn('no kdev watch runs here, so nobody knows whether everything is in sync');
  const rows = services.flatMap((service) =>
    'inSync' in service ? sessionRows(service, style) : clusterRows(service, style),
  );
  const pause = paused ? [style.warn('paused: saves are noticed, but not sent')] : [];
  const lines = [
    head,
    watch,
    ...pause,
    '',
    table(['SERVICE', 'REPLICA', 'STATE', 'EDITS', 'DIGEST', ''], rows),
  ];
  if (problems.length > 0) lines.push('', style.bold(count(problems.length, 'problem')));
  for (const { message, code, cure, path } of problems) {
    const where = path === undefined ? '' : `${printable(path)}: `;
    const [first = '', ...more] = message.split('\n').map((line) => printable(line));
    lines.push(`${style.bad('✗')} ${where}${first}  ${style.dim(code)}`, ...more.map((line) => `  ${line}`));
    if (cure !== undefined) lines.push(`  ${style.dim('do')} ${printable(cure)}`);
  }
  return lines.join('\n');
}

function sessionRows(service: ServiceStatus, style: Style): readonly (readonly string[])[] {
  const { build, building, buildFailed, unsent = 0, held = 0 } = service;
  const notes = [
    build !== undefined
      ? `building${build.seq > 0 ? ` with #${build.seq}` : ''} (${printable(build.reason)})`
      : building
        ? 'rebuilding'
        : '',
    buildFailed === undefined ? '' : 'the last rebuild failed',
    unsent > 0 ? `${count(unsent, 'path')} not sent` : '',
    held > 0 ? `${count(held, 'deletion')} held` : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
  if (service.replicas.length === 0) {
    return [[style.name(service.service), style.warn('no replica'), notes, '', short(service.digest), '']];
  }
  return service.replicas.map((replica, index) => [
    index === 0 ? style.name(service.service) : '',
    replica.pod,
    stateOf(replica, style),
    `#${replica.seq}`,
    short(replica.digest),
    [whyOf(replica), index === 0 ? notes : ''].filter((text) => text !== '').join(', '),
  ]);
}

function whyOf({ why, restartsAt }: ReplicaStatus): string {
  return restartsAt === undefined ? why : `the kubelet starts it again at ${clockTime(restartsAt)}`;
}

function stateOf({ state, inSync, stale, app }: ReplicaStatus, style: Style): string {
  if (state !== 'live') return style.warn(state);
  if (stale) return style.warn('stale');
  const runs = app.state === 'running' ? '' : `, app ${app.state}`;
  return inSync ? style.good(`in sync${runs}`) : style.warn(`catching up${runs}`);
}

function clusterRows({ service, replicas }: ClusterService, style: Style): readonly (readonly string[])[] {
  if (replicas.length === 0) return [[style.name(service), style.warn('no replica'), '', '', '', '']];
  return replicas.map(({ pod, phase, ready, developing, restarts, trouble }, index) => [
    index === 0 ? style.name(service) : '',
    pod,
    ready ? style.good('ready') : style.warn(phase.toLowerCase()),
    '',
    '',
    [
      developing ? '' : 'not prepared for developing',
      restarts > 0 ? count(restarts, 'restart') : '',
      trouble ?? '',
    ]
      .filter((text) => text !== '')
      .join(', '),
  ]);
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
