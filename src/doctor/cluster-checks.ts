import { formatMs } from '../core/measures.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { Finding } from './finding.ts';

/** Native sidecars are on by default from here on. */
const sidecarsFrom = 29;
/** Server-side apply with strict validation is not there before. */
const oldest = 25;
/** Certificates and tokens fail when clocks are further apart, ms. */
const skewMs = 30_000;

/** Whether the API server answers, how old it is, and what its clock says. */
export async function checkServer(
  cluster: Pick<Cluster, 'check' | 'server' | 'context'>,
): Promise<readonly Finding[]> {
  const { aheadMs, version } = await cluster.check();
  const { context, server } = cluster;
  const area = 'cluster';
  const minor = Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
  const findings: Finding[] = [
    {
      area,
      check: 'cluster-reachable',
      status: 'ok',
      says: `The cluster of the context ${context} answers at ${server}.`,
    },
    { area, check: 'cluster-version', ...versionFinding(version, minor) },
  ];
  if (aheadMs === undefined) {
    return [
      ...findings,
      { area, check: 'clock', status: 'skipped', says: 'The API server does not tell its time.' },
    ];
  }
  const apart = Math.abs(aheadMs);
  const says = `This machine's clock and the cluster's are ${apart < 1_000 ? 'less than a second' : formatMs(apart)} apart.`;
  findings.push(
    apart < skewMs
      ? { area, check: 'clock', status: 'ok', says }
      : {
          ...{ area, check: 'clock', status: 'warn', says },
          cure: `Set this machine's clock (timedatectl set-ntp true): the cluster's is ${aheadMs > 0 ? 'ahead' : 'behind'}.`,
        },
  );
  return findings;
}

function versionFinding(version: string, minor: number): Omit<Finding, 'area' | 'check'> {
  if (Number.isNaN(minor)) return { status: 'warn', says: `The cluster's version is not known: ${version}.` };
  if (minor < oldest) {
    return {
      status: 'fail',
      says: `Kubernetes ${version} is too old: kdev needs 1.${oldest} or newer.`,
      cure: 'Use a newer cluster.',
    };
  }
  if (minor < sidecarsFrom) {
    return {
      status: 'warn',
      says: `Kubernetes ${version} has no native sidecars: kdev's is a plain container there.`,
      cure: `Nothing has to be done; 1.${sidecarsFrom} and newer have them.`,
    };
  }
  return { status: 'ok', says: `Kubernetes ${version} has what kdev uses.` };
}
