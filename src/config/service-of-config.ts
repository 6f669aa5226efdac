import path from 'node:path';
import { nearestName } from '../core/did-you-mean.ts';
import type {
  BuildCache,
  ImageBuild,
  Mapping,
  PortForward,
  RunStep,
  Service,
  WorkloadReference,
} from '../core/service.ts';
import type { ConfigProblem } from './config-problem.ts';
import { type CheckedService, isDnsLabel } from './config-schema.ts';
import { show } from './schema-problems.ts';
import { suitesOf } from './suites-of-config.ts';
import { treePath } from './tree-path.ts';

const serviceDefaults = { graceMs: 5_000, gateWaitMs: 30_000, runTimeoutMs: 600_000 } as const;

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod'] as const;

/** Says what is wrong under a key of the service; the key's value is left out then. */
type Report = (path: readonly (string | number)[], message: string, code?: string) => void;

/** Fills in the defaults of one service. What cannot be right is reported and left out. */
export function serviceOfConfig(
  root: string,
  name: string,
  config: CheckedService,
): { readonly service: Service; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const report: Report = (at, message, code) => {
    problems.push({ path: ['services', name, ...at], message, ...(code !== undefined && { code }) });
  };
  if (!isDnsLabel(name)) {
    report([], 'a service is named by a DNS label: small letters, digits and hyphens, at most 63');
  }
  const build = config.build === undefined ? undefined : buildOf(root, config.build, report);
  const service: Service = {
    name,
    workload: workloadOf(name, config.workload, report),
    ...(config.container !== undefined && { container: config.container }),
    ...(build !== undefined && { build }),
    mappings: mappingsOf(root, config.sync ?? {}, report),
    restart: config.restart ?? [],
    rebuild: config.rebuild ?? [],
    ...(config.run !== undefined && { run: config.run.map(runStepOf) }),
    ...(config.pull !== undefined && { pull: config.pull }),
    ports: (config.ports ?? []).flatMap((port, index) => portOf(port, index, report)),
    graceMs: config.graceMs ?? serviceDefaults.graceMs,
    gateWaitMs: config.gateWaitMs ?? serviceDefaults.gateWaitMs,
    onCrash: config.onCrash ?? 'hold',
    dependsOn: config.dependsOn ?? [],
    storage: config.storage ?? 'auto',
    tests: suitesOf(config.tests ?? {}, report),
  };
  if (config.rebuild !== undefined && config.build === undefined) {
    report(['rebuild'], 'there is nothing to rebuild: the service has no build');
  }
  return { service, problems };
}

function runStepOf({ when, command, timeoutMs }: NonNullable<CheckedService['run']>[number]): RunStep {
  return {
    when,
    command: typeof command === 'string' ? ['sh', '-c', command] : command,
    timeoutMs: timeoutMs || serviceDefaults.runTimeoutMs,
  };
}

function workloadOf(service: string, given: string | undefined, report: Report): WorkloadReference {
  if (given === undefined) return { kind: 'Deployment', name: service };
  const slash = given.indexOf('/');
  const name = given.slice(slash + 1);
  if (slash === -1) return { kind: 'Deployment', name };
  const written = given.slice(0, slash);
  const kind = kinds.find((known) => known.toLowerCase() === written.toLowerCase());
  if (kind) return { kind, name };
  const all = kinds.map((known) => known.toLowerCase());
  const nearest = nearestName(written, all);
  const hint = nearest === undefined ? `the kinds are ${all.join(', ')}` : `did you mean ${nearest}/${name}?`;
  report(['workload'], `there is no kind of workload called ${written}; ${hint}`);
  return { kind: 'Deployment', name };
}

function buildOf(
  root: string,
  given: NonNullable<CheckedService['build']>,
  report: Report,
): ImageBuild | undefined {
  const options = given === true ? {} : typeof given === 'string' ? { dockerfile: given } : given;
  const context = options.context ?? (options.dockerfile ? path.posix.dirname(options.dockerfile) : '.');
  const dockerfile = options.dockerfile ?? path.posix.join(context, 'Dockerfile');
  const inside = { dockerfile: treePath(root, dockerfile), context: treePath(root, context) };
  if (inside.dockerfile === undefined || inside.context === undefined) {
    const outside = inside.dockerfile === undefined ? dockerfile : context;
    const key = inside.dockerfile === undefined ? 'dockerfile' : 'context';
    report(
      typeof given === 'object' && key in given ? ['build', key] : ['build'],
      `${show(outside)} lies outside ${root}; an image is built from the configuration's folder`,
      'mapping-outside',
    );
    return undefined;
  }
  return {
    dockerfile: inside.dockerfile,
    context: inside.context,
    args: options.args ?? {},
    ...(options.target !== undefined && { target: options.target }),
    ...moreOfBuild(options, report),
  };
}

function moreOfBuild(
  options: Exclude<NonNullable<CheckedService['build']>, string | true>,
  report: Report,
): Partial<ImageBuild> {
  const { cache, command, platform, platforms, replaces, secrets, ssh } = options;
  if (platform !== undefined && platforms !== undefined)
    report(['build', 'platforms'], 'expected platform or platforms, not both');
  const both = platforms?.join() ?? platform;
  const ids = ssh === true ? ['default'] : ssh || [];
  return {
    ...(both !== undefined && { platform: both }),
    ...(replaces !== undefined && { replaces }),
    ...(secrets !== undefined && { secrets }),
    ...(ids.length > 0 && { ssh: ids }),
    ...(cache !== undefined && { cache: cacheOf(cache) }),
    ...(command !== undefined && { command }),
  };
}

function cacheOf(
  cache: true | { readonly from?: string | string[] | undefined; readonly to?: string | undefined },
): BuildCache {
  if (cache === true) return { own: true, from: [] };
  const { from = [], to } = cache;
  return { own: false, from: typeof from === 'string' ? [from] : from, ...(to !== undefined && { to }) };
}

function mappingsOf(
  root: string,
  sync: NonNullable<CheckedService['sync']>,
  report: Report,
): readonly Mapping[] {
  const written = Array.isArray(sync)
    ? sync.map((entry, index) => ({ ...entry, at: ['sync', index] }))
    : Object.entries(sync).map(([from, to]) => ({ from, to, at: ['sync', from] }));
  return written.flatMap(({ at, ...entry }) => {
    const from = treePath(root, entry.from);
    const wrong = targetProblem(entry.to);
    if (wrong !== undefined) report(Array.isArray(sync) ? [...at, 'to'] : at, wrong);
    if (from === undefined) {
      report(
        Array.isArray(sync) ? [...at, 'from'] : at,
        `${show(entry.from)} lies outside ${root}; what is synced must be inside the configuration's folder`,
        'mapping-outside',
      );
    }
    if (from === undefined || wrong !== undefined) return [];
    const to = path.posix.join('/', entry.to).replace(/\/$/, '');
    const { ignore = [], mirror = false } = 'ignore' in entry || 'mirror' in entry ? entry : {};
    return [{ from, to, ignore, mirror }];
  });
}

function targetProblem(to: string): string | undefined {
  if (!to.startsWith('/')) return `expected an absolute path in the container, not ${show(to)}`;
  if (to.split('/').includes('..')) return `expected a path without .., not ${show(to)}`;
  const first = to.split('/').find((part) => part !== '');
  if (first === undefined) return 'the whole root of a container cannot be synced; name a folder in it';
  const system = ['proc', 'sys', 'dev', 'kdev', 'kdev-code', 'kdev-keys'];
  return system.includes(first)
    ? `/${first} in the container is not the app's own; name another path`
    : undefined;
}

function portOf(given: number | string, index: number, report: Report): readonly PortForward[] {
  const both = typeof given === 'number' ? [given, given] : given.split(':').map(toPort);
  const [local = Number.NaN, remote = local] = both;
  const right = both.length <= 2 && isPort(remote) && (isPort(local) || (local === 0 && both.length === 2));
  if (right && !(typeof given === 'number' && given === 0)) return [{ local, remote }];
  report(['ports', index], `expected a port from 1 to 65535 or 'local:remote', not ${show(given)}`);
  return [];
}

function toPort(text: string): number {
  return /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}
